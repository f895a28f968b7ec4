import { describe, expect, it } from '@jest/globals';
import { inboundMatches, type MutualTlsMode, needsHttpInspector, needsTlsInspector } from './inbound-match';

const cases: readonly { mode: MutualTlsMode; kind: 'http' | 'tcp' | 'auto'; want: readonly string[]; inspectors: readonly boolean[] }[] = [
  { mode: 'PERMISSIVE', kind: 'http', want: ['mtls http', 'raw_buffer http'], inspectors: [true, false] },
  { mode: 'PERMISSIVE', kind: 'tcp', want: ['mtls tcp', 'tls tcp', 'raw_buffer tcp'], inspectors: [true, false] },
  {
    mode: 'PERMISSIVE',
    kind: 'auto',
    want: ['mtls http', 'raw_buffer http', 'mtls tcp', 'raw_buffer tcp', 'tls tcp'],
    inspectors: [true, true],
  },
  { mode: 'STRICT', kind: 'http', want: ['mtls http'], inspectors: [true, false] },
  { mode: 'STRICT', kind: 'tcp', want: ['mtls tcp'], inspectors: [true, false] },
  { mode: 'STRICT', kind: 'auto', want: ['mtls http', 'mtls tcp'], inspectors: [true, false] },
  { mode: 'DISABLE', kind: 'http', want: ['raw_buffer http'], inspectors: [false, false] },
  { mode: 'DISABLE', kind: 'tcp', want: ['raw_buffer tcp'], inspectors: [false, false] },
  { mode: 'DISABLE', kind: 'auto', want: ['raw_buffer http', 'any tcp'], inspectors: [false, true] },
];

describe('inboundMatches', () => {
  it.each(cases)('$mode on a port of $kind', ({ mode, kind, want, inspectors }) => {
    const got = inboundMatches(mode, kind).map((m) => `${m.mutualTls ? 'mtls' : (m.transportProtocol ?? 'any')} ${m.carries}`);
    expect(got).toEqual(want);
    expect([needsTlsInspector(mode, kind), needsHttpInspector(mode, kind)]).toEqual(inspectors);
  });
});
