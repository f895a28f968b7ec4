import { describe, expect, it } from '@jest/globals';
import { parseKinds } from './kinds';
import { partsOfDump } from './proxy-config';
import { tablesOf } from './proxy-config-tables';

describe('parseKinds', () => {
  it.each([
    { text: 'vs', want: ['VirtualService'] },
    { text: 'VirtualServices,dr', want: ['VirtualService', 'DestinationRule'] },
    { text: 'virtualservices.networking.istio.io', want: ['VirtualService'] },
  ])('$text', ({ text, want }) => expect(parseKinds(text)).toEqual(want));

  it('offers the nearest name', () =>
    expect(() => parseKinds('virtualservce')).toThrow('Cannot find kind "virtualservce": did you mean "virtualservice"?'));
});

describe('proxy-config', () => {
  const cluster = { name: 'outbound|9080|v1|reviews.default.svc.cluster.local', type: 'EDS' };
  it.each([
    {
      name: "protobuf's names",
      dump: { configs: [{ '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump', dynamic_active_clusters: [{ cluster }] }] },
    },
    {
      name: "JSON's names",
      dump: { configs: [{ '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump', dynamicActiveClusters: [{ cluster }] }] },
    },
  ])('reads a dump with $name', ({ dump }) => {
    expect(partsOfDump(dump).clusters).toEqual([cluster]);
    expect(tablesOf({ clusters: partsOfDump(dump).clusters })).toEqual([
      {
        head: ['SERVICE FQDN', 'PORT', 'SUBSET', 'DIRECTION', 'TYPE'],
        rows: [['reviews.default.svc.cluster.local', '9080', 'v1', 'outbound', 'EDS']],
      },
    ]);
  });
});
