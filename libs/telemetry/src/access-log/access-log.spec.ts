import { describe, expect, it } from '@jest/globals';
import { PausedClock, seededRandom } from '@lateen/base/testing';
import { parseSubstitutionFormat } from '@lateen/routing';
import { RESPONSE_FLAG } from '../response-flag';
import { createStreamRecord, type StreamRecord } from '../stream-record';
import { AccessLogger } from './access-logger';
import { compileFormat, formatterOf } from './formatter';
import { LineBuffer, Remembered } from './line-buffer';
import { type AccessLogFormat, ISTIO_JSON_FORMAT, ISTIO_TEXT_FORMAT, LOCAL_JSON_FORMAT, LOCAL_TEXT_FORMAT } from './model';

const context = { hostname: 'pod-1', environment: { ZONE: 'z1' } };

function stream(more: Partial<StreamRecord> = {}): StreamRecord {
  const headers: Readonly<Record<string, string>> = { 'user-agent': 'curl/8', 'x-request-id': 'id-1' };
  return Object.assign(createStreamRecord(), {
    startTimeMs: Date.UTC(2026, 10, 21, 5, 7, 9, 45),
    durationMs: 12.7,
    method: 'GET',
    path: '/reviews/0?x=1',
    httpProtocol: 'HTTP/1.1',
    authority: 'reviews:9080',
    responseCode: 200,
    responseCodeDetails: 'via_upstream',
    bytesSent: 295,
    upstreamHost: '10.0.0.7:9080',
    upstreamCluster: 'outbound|9080||reviews.default.svc.cluster.local',
    upstreamLocalAddress: '10.0.0.5:40000',
    downstreamLocalAddress: '10.96.0.12:9080',
    downstreamRemoteAddress: '10.0.0.5:50000',
    routeName: 'default',
    requestHeader: (name: string) => headers[name],
    responseHeader: (name: string) => (name === 'x-envoy-upstream-service-time' ? '11' : undefined),
    ...more,
  });
}
const lineOf = (format: AccessLogFormat, record = stream()): string => {
  const lines = new LineBuffer(16);
  compileFormat(format, context)(record, lines);
  return lines.take().toString();
};
const text = (format: string, record = stream()): string => lineOf({ kind: 'text', format }, record);

describe('omitting what is missing', () => {
  const cases: readonly { readonly name: string; readonly format: AccessLogFormat; readonly want: string }[] = [
    { name: 'in text', format: { kind: 'text', format: '%REQ(NO)%|%RESPONSE_CODE%\n', omitEmpty: true }, want: '|200\n' },
    {
      name: 'in JSON',
      format: { kind: 'json', fields: { a: '%REQ(NO)%', b: '%RESPONSE_CODE%', c: { d: '%TRACE_ID%', e: 'x' } }, omitEmpty: true },
      want: '{"b":200,"c":{"e":"x"}}\n',
    },
    { name: 'in JSON of nothing', format: { kind: 'json', fields: { a: '%REQ(NO)%' }, omitEmpty: true }, want: '{}\n' },
    { name: 'or not', format: { kind: 'json', fields: { a: '%REQ(NO)%' } }, want: '{"a":null}\n' },
  ];
  it.each(cases)('$name', ({ format, want }) => expect(lineOf(format)).toBe(want));
});

describe('text', () => {
  it('stays one line, whatever words a library has', () =>
    expect(
      text(
        '%UPSTREAM_TRANSPORT_FAILURE_REASON% %CONNECTION_TERMINATION_DETAILS%\n',
        stream({
          upstreamTransportFailureReason: 'TLS_error: 00AE:error:wrong version\tnumber:../record.c:354:\n',
          connectionTerminationDetails: 'refused:\r\n"by" policy\n',
        }),
      ),
    ).toBe('TLS_error:_00AE:error:wrong_version_number:../record.c:354: refused: "by" policy\n'));
  it("is Istio's default line", () =>
    expect(text(ISTIO_TEXT_FORMAT)).toBe(
      '[2026-11-21T05:07:09.045Z] "GET /reviews/0?x=1 HTTP/1.1" 200 - via_upstream - "-" 0 295 12 11 "-" "curl/8" "id-1" "reviews:9080" "10.0.0.7:9080" ' +
        'outbound|9080||reviews.default.svc.cluster.local 10.0.0.5:40000 10.96.0.12:9080 10.0.0.5:50000 - default\n',
    ));

  it('ends with the cause of those that failed, where the local format asks for it', () => {
    const failed = stream({
      responseFlags: RESPONSE_FLAG.NC,
      responseCode: 503,
      upstreamCluster: 'outbound|9080|v9|b.default.svc.cluster.local',
    });
    expect(text(LOCAL_TEXT_FORMAT, failed)).toBe(
      text(ISTIO_TEXT_FORMAT, failed).replace(/\n$/, ' cause="no DestinationRule defines subset v9 of b"\n'),
    );
    expect(text(LOCAL_TEXT_FORMAT)).toBe(text(ISTIO_TEXT_FORMAT));
  });

  it('keeps what a client sent inside its quotes', () =>
    expect(
      text('%LATEEN_CAUSE%', stream({ responseFlags: RESPONSE_FLAG.NR, responseCodeDetails: 'route_not_found', path: '/"\n"x' })),
    ).toBe("no rule matches GET /' 'x"));

  it.each([
    { format: '%LATEEN_CAUSE%|%LATEEN_CAUSE(why)%|', want: '||' },
    { format: '%REQ(X-NONE?USER-AGENT):3%', want: 'cur' },
    { format: '%REQ_WITHOUT_QUERY(:PATH)%', want: '/reviews/0' },
    { format: '%START_TIME(%Y/%m/%d %H:%M:%S.%3f %z)%', want: '2026/11/21 05:07:09.045 +0000' },
    { format: '%START_TIME(%s)%', want: '1795237629' },
    { format: '%HOSTNAME% %ENVIRONMENT(ZONE)% %ENVIRONMENT(X)%', want: 'pod-1 z1 -' },
    { format: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', want: '10.0.0.5' },
    { format: '%GRPC_STATUS%', record: stream({ grpcStatus: 14 }), want: 'Unavailable' },
    { format: '%RESPONSE_FLAGS%', record: stream({ responseFlags: RESPONSE_FLAG.NR }), want: 'NR' },
    { format: '%FILTER_STATE(x:TYPED)% 100%%', want: '- 100%' },
    { format: '%RESPONSE_DURATION%', want: '-' },
  ])('$format → $want', ({ format, record, want }) => expect(text(format, record)).toBe(want));
});

describe('JSON', () => {
  it("is Istio's default object, numbers as numbers and missing values null", () =>
    expect(JSON.parse(lineOf({ kind: 'json', fields: ISTIO_JSON_FORMAT }))).toMatchObject({
      method: 'GET',
      response_code: 200,
      bytes_sent: 295,
      duration: 12,
      response_flags: '-',
      requested_server_name: null,
      upstream_service_time: '11',
      start_time: '2026-11-21T05:07:09.045Z',
    }));
  it('has the cause of those that failed, null for the others', () => {
    const causeIn = (record?: StreamRecord, omitEmpty = false): unknown =>
      (JSON.parse(lineOf({ kind: 'json', fields: LOCAL_JSON_FORMAT, omitEmpty }, record)) as Record<string, unknown>)['cause'];
    const failed = stream({ responseFlags: RESPONSE_FLAG.NR, responseCode: 404, responseCodeDetails: 'route_not_found', path: '/x' });
    expect([causeIn(failed), causeIn(), causeIn(stream(), true)]).toEqual(['no rule matches GET /x', null, undefined]);
  });
  it('escapes what needs it, and nests', () => {
    const fields = { a: { b: '%REQ(:PATH)% é' }, c: 1, d: ['%PROTOCOL%', true] };
    expect(lineOf({ kind: 'json', fields }, stream({ path: '/"\\\n' }))).toBe('{"a":{"b":"/\\"\\\\\\n é"},"c":1,"d":["HTTP/1.1",true]}\n');
  });
});

describe('a text line after others', () => {
  it('says what its own stream says, whatever the lines before said', () => {
    const format =
      '[%START_TIME%] "%REQ(:METHOD)% %REQ(:PATH)%" %RESPONSE_CODE% %DURATION% "%REQ(X-REQUEST-ID)%" %UPSTREAM_HOST% %ROUTE_NAME%\n';
    const line = compileFormat({ kind: 'text', format }, context);
    const kinds = [
      { path: '/a', responseCode: 200, upstreamHost: '10.0.0.1:80', routeName: 'one' },
      { path: '/b', responseCode: 200, upstreamHost: '10.0.0.1:80', routeName: 'one' },
      { path: '/b', responseCode: 503, upstreamHost: '', routeName: 'é' },
      { path: '/a', responseCode: 200, upstreamHost: '10.0.0.2:80', routeName: 'x'.repeat(600) },
    ];
    const random = seededRandom(7);
    const lines = new LineBuffer(16);
    let expected = '';
    for (let i = 0; i < 500; i++) {
      const kind = kinds[Math.floor(random.next() * kinds.length)]!;
      // Runs of the same, as clients make them.
      for (let again = Math.floor(random.next() * 4); again >= 0; again--) {
        const durationMs = Math.floor(random.next() * 3);
        line(stream({ ...kind, durationMs }), lines);
        expected += `[2026-11-21T05:07:09.045Z] "GET ${kind.path}" ${kind.responseCode} ${durationMs} "id-1" ${kind.upstreamHost || '-'} ${kind.routeName}\n`;
      }
    }
    expect(lines.take().toString()).toBe(expected);
  });
});

describe('LineBuffer', () => {
  it('holds text of any length and any characters', () => {
    const lines = new LineBuffer(4);
    const texts = ['', 'abc', 'é', 'plain then é', 'x'.repeat(1000), 'ü'.repeat(500), '\u{1f600}'];
    for (const value of texts) lines.text(value);
    expect(lines.take().toString()).toBe(texts.join(''));
    expect(lines.take()).toHaveLength(0);
  });
  it.each([0, 1, 3, 4, 5, 64, 511, 512, 513, 2000])('holds a piece of %d bytes once more, where it can be remembered', (length) => {
    const lines = new LineBuffer(4);
    const piece = new Remembered();
    const text = 'é'.repeat(Math.floor(length / 2)) + 'x'.repeat(length % 2);
    lines.text('a');
    const start = lines.length;
    lines.text(text);
    lines.remember(start, piece);
    expect(piece.length).toBe(length <= 512 ? length : 0);
    lines.again(piece);
    lines.text('b');
    expect(lines.take().toString()).toBe(`a${text}${length <= 512 ? text : ''}b`);
  });
  it.each([0, 7, 10, 99, 100, 999, 1000, 99_999, 100_000, 999_999, 1_000_000, 2 ** 40, -1])('holds the number %d', (value) => {
    const lines = new LineBuffer(1);
    lines.decimal(value);
    expect(lines.take().toString()).toBe(String(value));
  });
});

describe('formatterOf', () => {
  it('leaves missing values empty, and compiles a format once', () => {
    const segments = parseSubstitutionFormat('a%REQ(x-none)%b');
    expect([formatterOf(segments)(stream()), formatterOf(segments) === formatterOf(segments)]).toEqual(['ab', true]);
  });
});

describe('AccessLogger', () => {
  function setup() {
    const clock = new PausedClock();
    const written: string[] = [];
    const output = { pending: 0, write: (lines: Buffer) => void written.push(lines.toString()), close: () => void written.push('closed') };
    return { clock, written, output, logger: new AccessLogger({ clock, context, open: () => output }) };
  }
  const format = { kind: 'text', format: '%RESPONSE_CODE%\n' } as const;

  it('writes many lines at once', () => {
    const { clock, written, logger } = setup();
    const log = logger.compile([{ path: '/x', format }]);
    for (const responseCode of [200, 404]) log(stream({ responseCode }));
    expect(written).toEqual([]);
    clock.advance(100);
    expect(written).toEqual(['200\n404\n']);
  });
  it('writes the rest when it closes', () => {
    const { written, logger } = setup();
    logger.compile([{ path: '/x', format }])(stream());
    logger.close();
    expect(written).toEqual(['200\n', 'closed']);
  });
  it('logs only what passes the filter', () => {
    const { written, logger } = setup();
    const log = logger.compile([{ path: '/x', format, filter: { kind: 'responseFlag', flags: ['NR'] } }]);
    log(stream());
    log(stream({ responseCode: 404, responseFlags: RESPONSE_FLAG.NR }));
    logger.flush();
    expect(written).toEqual(['404\n']);
  });
  it('drops lines that nobody takes, and counts them', () => {
    const { output, written, logger } = setup();
    output.pending = 9_000_000;
    logger.compile([{ path: '/x', format }])(stream());
    logger.flush();
    expect([written, logger.dropped]).toEqual([[], 1]);
  });
});
