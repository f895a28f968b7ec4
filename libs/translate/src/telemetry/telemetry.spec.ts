import { describe, expect, it } from '@jest/globals';
import { type JsonObject, toJson } from '@bufbuild/protobuf';
import { AccessLogSchema } from '@lateen/xds/gen/envoy/config/accesslog/v3/accesslog_pb';
import { PluginConfigSchema } from '@lateen/xds/gen/istio/stats_pb';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { xdsRegistry } from '@lateen/xds/registry';
import { type Direction } from '../filters/istio-filters';
import { snapshotFrom } from '../testing/index';
import { type AccessLogInputs, accessLogs, listenerAccessLogs } from './access-logs';
import { statsFilters } from './metrics';
import { providerCluster } from './provider-cluster';

const SERVICE = `---
apiVersion: v1
kind: Service
metadata: {name: otel, namespace: tools}
spec: {ports: [{name: grpc, port: 4317}]}
`;
const telemetry = (spec: string): string =>
  `---\napiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: t, namespace: shop}\nspec: ${spec}\n`;

/** What the access logs of a workload in `shop` depend on. */
function inputs(mesh: string, spec?: string): AccessLogInputs {
  const config = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: '${mesh}'}\n`;
  const snapshot = snapshotFrom(config + SERVICE + (spec === undefined ? '' : telemetry(spec)));
  return { mesh: snapshot.meshConfig, snapshot, telemetry: snapshot.telemetryFor({ namespace: 'shop', labels: {} }), causes: false };
}

/** A logger as JSON, without what is the same of all. */
function logsOf(given: AccessLogInputs, direction: Direction = 'outbound', make = accessLogs): readonly JsonObject[] {
  const json = make(given, direction).map((log) => toJson(AccessLogSchema, log, { registry: xdsRegistry() }) as JsonObject);
  return json.map(({ filter, typedConfig }) => ({ ...(typedConfig as JsonObject), ...(filter === undefined ? {} : { filter }) }));
}

const OTEL = 'extensionProviders: [{name: otel, envoyOtelAls: {service: otel.tools.svc.cluster.local, port: 4317}}]';
const provider = (kind: string): string => `extensionProviders: [{name: p, ${kind}}], accessLogFile: /dev/null`;
const USES_P = '{accessLogging: [{providers: [{name: p}]}]}';
const USES_ENVOY = '{accessLogging: [{providers: [{name: envoy}]}]}';

describe('access logs', () => {
  const text = (inlineString: string): object => ({ logFormat: { textFormatSource: { inlineString } } });
  const cases: readonly { readonly name: string; readonly mesh: string; readonly spec?: string; readonly want: readonly object[] }[] = [
    { name: 'none at all', mesh: '{}', want: [] },
    {
      name: "MeshConfig's file where Telemetry says nothing",
      mesh: '{accessLogFile: /dev/stdout, accessLogFormat: x}',
      want: [{ path: '/dev/stdout', ...text('x\n') }],
    },
    {
      name: 'a file, its line ended',
      mesh: `{${provider('envoyFileAccessLog: {path: /a, logFormat: {text: x}}')}}`,
      spec: USES_P,
      want: [{ path: '/a', ...text('x\n') }],
    },
    {
      name: 'a file of JSON',
      mesh: `{${provider('envoyFileAccessLog: {path: /a, logFormat: {labels: {a: b}}}')}}`,
      spec: USES_P,
      want: [{ path: '/a', logFormat: { jsonFormat: { a: 'b' } } }],
    },
    {
      name: 'a file without what is missing',
      mesh: `{${provider('envoyFileAccessLog: {path: /a, omitEmptyValues: true, logFormat: {text: x}}')}}`,
      spec: USES_P,
      want: [{ path: '/a', logFormat: { textFormatSource: { inlineString: 'x\n' }, omitEmptyValues: true } }],
    },
    {
      name: 'a file turned off, and with it that of MeshConfig',
      mesh: `{${provider('envoyFileAccessLog: {path: /a}')}}`,
      spec: '{accessLogging: [{providers: [{name: p}], disabled: true}]}',
      want: [],
    },
    {
      name: "the built-in one, in MeshConfig's format",
      mesh: '{accessLogFormat: x}',
      spec: USES_ENVOY,
      want: [{ path: '/dev/stdout', ...text('x\n') }],
    },
    {
      name: "the built-in one, in MeshConfig's encoding and format",
      mesh: '{accessLogEncoding: JSON, accessLogFormat: "{\\"a\\": \\"b\\"}"}',
      spec: USES_ENVOY,
      want: [{ path: '/dev/stdout', logFormat: { jsonFormat: { a: 'b' } } }],
    },
    {
      name: "one of the mesh's own by the built-in's name, in MeshConfig's format",
      mesh: '{extensionProviders: [{name: envoy, envoyFileAccessLog: {path: /a}}], accessLogFormat: x}',
      spec: USES_ENVOY,
      want: [{ path: '/a', ...text('x\n') }],
    },
    {
      name: 'that one, in its own format',
      mesh: '{extensionProviders: [{name: envoy, envoyFileAccessLog: {path: /a, logFormat: {text: z}}}], accessLogFormat: x}',
      spec: USES_ENVOY,
      want: [{ path: '/a', ...text('z\n') }],
    },
    { name: 'a provider that is no logger', mesh: `{${provider('prometheus: {}')}}`, spec: USES_P, want: [] },
    {
      name: 'a service that the mesh does not have',
      mesh: `{${provider('envoyHttpAls: {service: gone.svc, port: 1}')}}`,
      spec: USES_P,
      want: [],
    },
  ];
  it.each(cases)('$name', ({ mesh, spec, want }) =>
    expect(logsOf(inputs(mesh, spec)).map(({ '@type': _type, ...rest }) => rest)).toEqual(want),
  );
  it('over OTLP name the cluster, and have a body', () => {
    const [log] = logsOf(inputs(`{${OTEL}}`, '{accessLogging: [{providers: [{name: otel}]}]}'));
    expect(log).toMatchObject({
      '@type': 'type.googleapis.com/envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig',
      body: { stringValue: expect.stringContaining('%REQ(:METHOD)%') },
      commonConfig: {
        logName: 'otel_envoy_accesslog',
        grpcService: { envoyGrpc: { clusterName: 'outbound|4317||otel.tools.svc.cluster.local' } },
      },
    });
  });
  it('of a listener are of what nothing took, and of what the filter says', () => {
    const spec = '{accessLogging: [{providers: [{name: otel}], filter: {expression: "true"}}]}';
    const [log] = logsOf(inputs(`{${OTEL}}`, spec), 'inbound', listenerAccessLogs);
    expect(log?.['filter']).toMatchObject({ andFilter: { filters: [{ responseFlagFilter: { flags: ['NR'] } }, { extensionFilter: {} }] } });
  });
  it('of a listener can be turned off by themselves', () => {
    const given = inputs('{accessLogFile: /dev/stdout, disableEnvoyListenerLog: true}');
    expect([logsOf(given, 'inbound', listenerAccessLogs).length, logsOf(given, 'inbound').length]).toEqual([0, 1]);
  });
  it('face the way that match says; a gateway is a client', () => {
    const given = inputs(
      `{${provider('envoyFileAccessLog: {path: /a}')}}`.replace(', accessLogFile: /dev/null', ''),
      '{accessLogging: [{providers: [{name: p}], match: {mode: CLIENT}}]}',
    );
    expect((['inbound', 'outbound', 'gateway'] as const).map((direction) => logsOf(given, direction).length)).toEqual([0, 1, 1]);
  });
});

describe('metrics', () => {
  const stats = (
    spec: string,
    direction: Direction,
    mesh = 'defaultProviders: {metrics: [prometheus]}',
    counts = false,
  ): readonly unknown[] =>
    statsFilters(inputs(`{${mesh}}`, spec).telemetry, direction, counts).map(({ configType }) => {
      const message = anyUnpack(configType.value, PluginConfigSchema);
      return message === undefined ? undefined : toJson(PluginConfigSchema, message);
    });
  const cases: readonly {
    readonly name: string;
    readonly spec: string;
    readonly direction: Direction;
    readonly mesh?: string;
    readonly want: readonly object[];
  }[] = [
    { name: 'outbound may go by the Host header', spec: '{}', direction: 'outbound', want: [{}] },
    { name: 'inbound may not', spec: '{}', direction: 'inbound', want: [{ disableHostHeaderFallback: true }] },
    { name: 'without a provider there are none', spec: '{}', direction: 'outbound', mesh: '', want: [] },
    {
      name: 'all off',
      spec: '{metrics: [{overrides: [{match: {metric: ALL_METRICS}, disabled: true}]}]}',
      direction: 'outbound',
      want: [],
    },
    {
      name: 'rules by the names of the filter',
      spec: '{metrics: [{reportingInterval: 7s, overrides: [{match: {metric: REQUEST_COUNT, mode: CLIENT}, tagOverrides: {a: {value: request.method}, b: {operation: REMOVE}}}, {match: {customMetric: mine}, disabled: true}]}]}',
      direction: 'outbound',
      want: [
        {
          tcpReportingDuration: '7s',
          metrics: [
            { name: 'requests_total', dimensions: { a: 'request.method' }, tagsToRemove: ['b'] },
            { name: 'mine', drop: true },
          ],
        },
      ],
    },
    {
      name: 'rules of the other mode are left out',
      spec: '{metrics: [{overrides: [{match: {metric: REQUEST_COUNT, mode: CLIENT}, disabled: true}]}]}',
      direction: 'inbound',
      want: [{ disableHostHeaderFallback: true }],
    },
  ];
  it.each(cases)('$name', ({ spec, direction, mesh, want }) => expect(stats(spec, direction, mesh)).toEqual(want));

  it.each([
    { name: 'without a provider', spec: '{}', mesh: '' },
    { name: 'all off', spec: '{metrics: [{overrides: [{match: {metric: ALL_METRICS}, disabled: true}]}]}' },
  ])('$name, a proxy that counts for who watches goes on', ({ spec, mesh }) => {
    expect(stats(spec, 'inbound', mesh, true)).toEqual([{ disableHostHeaderFallback: true, metrics: [{ drop: true }] }]);
    expect(stats('{}', 'inbound', undefined, true)).toEqual([{ disableHostHeaderFallback: true }]);
  });
});

describe('the cluster of a provider', () => {
  const { snapshot } = inputs('{}');
  const found = { clusterName: 'outbound|4317||otel.tools.svc.cluster.local', authority: 'otel.tools.svc.cluster.local' };
  it.each([
    { service: 'otel.tools.svc.cluster.local', want: found },
    { service: 'tools/otel.tools.svc.cluster.local', want: found },
    { service: 'other/otel.tools.svc.cluster.local', want: undefined },
    { service: 'otel.tools', want: undefined },
  ])('$service', ({ service, want }) => expect(providerCluster(snapshot, { service, port: 4317 })).toEqual(want));
});
