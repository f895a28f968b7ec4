import { isIp } from '../../rules/addresses';
import { checkJsonLogFormat, checkLogFormat } from '../../rules/log-format';
import { hostWithNamespaceProblem, isFqdn } from '../../rules/names';
import { each, type Place, quote, type Report, unfit } from '../../rules/report';
import { isPort } from '../../rules/values';
import { PROVIDER_KINDS } from './providers-schema';
import { type MeshConfig } from './schema';

type Provider = NonNullable<MeshConfig['extensionProviders']>[number];

/** Kinds that send to a service. */
const WITH_SERVICE = [
  ...(['envoyExtAuthzHttp', 'envoyExtAuthzGrpc', 'zipkin', 'lightstep', 'datadog', 'opencensus', 'skywalking'] as const),
  ...(['opentelemetry', 'envoyOtelAls', 'envoyHttpAls', 'envoyTcpAls'] as const),
];
/** Statuses that Envoy has names for. */
const STATUSES: readonly (readonly [number, number])[] = [
  [0, 0],
  [100, 100],
  [200, 208],
  [226, 226],
  [300, 305],
  [307, 308],
  [400, 417],
  [421, 424],
  [426, 426],
  [428, 429],
  [431, 431],
  [500, 508],
  [510, 511],
];

/** Providers that policies and Telemetry name. What is wrong with one is only warned of. Spec: validation.md §6.3. */
export function checkProviders(report: Report, at: Place, providers: readonly Provider[] | undefined): void {
  const names = new Set<string>();
  each(providers, at, (provider, place) => {
    const { name = '' } = provider;
    if (name === '') report.warn('required_field', [...place, 'name'], 'A provider without a name cannot be used');
    else if (names.has(name)) report.warn('duplicate_name', [...place, 'name'], `Provider ${quote(name)} is defined twice`);
    names.add(name);
    if (!PROVIDER_KINDS.some((kind) => (provider as Readonly<Record<string, unknown>>)[kind] !== undefined))
      report.warn('required_field', place, `Provider ${quote(name)} is of no known kind: expected one of ${PROVIDER_KINDS.join(', ')}`);
    for (const kind of WITH_SERVICE) {
      const settings = provider[kind];
      if (settings !== undefined) checkService(report, [...place, kind], settings);
    }
    if (provider.lightstep !== undefined && (provider.lightstep.accessToken ?? '') === '')
      report.warn('required_field', [...place, 'lightstep', 'accessToken'], 'Lightstep takes no traces without an access token');
    if (provider.opentelemetry?.grpc !== undefined && provider.opentelemetry.http !== undefined)
      report.warn('exclusive_fields', [...place, 'opentelemetry'], 'Traces are sent by gRPC or by HTTP: set only one of grpc and http');
    checkExtAuthz(report, place, provider);
    for (const kind of ['envoyFileAccessLog', 'envoyOtelAls'] as const) {
      const format = provider[kind]?.logFormat;
      checkLogFormat(report, [...place, kind, 'logFormat', 'text'], format?.text ?? '');
      checkJsonLogFormat(report, [...place, kind, 'logFormat', 'labels'], format?.labels);
    }
  });
}

function checkService(
  report: Report,
  at: Place,
  { service = '', port }: { readonly service?: string | undefined; readonly port?: number | undefined },
): void {
  if (!isPort(port)) report.warn('invalid_port', [...at, 'port'], unfit(port ?? 0, 'a port', 'a number from 1 to 65535'));
  const fine = service.includes('/') ? hostWithNamespaceProblem(service, 'sidecar', isIp) === undefined : isFqdn(service) || isIp(service);
  if (!fine) report.warn('invalid_host', [...at, 'service'], unfit(service, 'a service', 'a DNS name, an address, or NAMESPACE/NAME'));
}

function checkExtAuthz(report: Report, at: Place, provider: Provider): void {
  for (const kind of ['envoyExtAuthzHttp', 'envoyExtAuthzGrpc'] as const) {
    const status = provider[kind]?.statusOnError ?? '';
    if (status === '') continue;
    const known = /^\d{1,3}$/.test(status) && STATUSES.some(([from, to]) => Number(status) >= from && Number(status) <= to);
    if (!known) report.warn('invalid_status', [...at, kind, 'statusOnError'], unfit(status, 'an HTTP status', 'one that Envoy knows'));
  }
  const prefix = provider.envoyExtAuthzHttp?.pathPrefix ?? '';
  if (prefix !== '' && (!prefix.startsWith('/') || /[\u0000-\u001f\u007f]|%(?![0-9a-fA-F]{2})/.test(prefix)))
    report.warn('invalid_url', [...at, 'envoyExtAuthzHttp', 'pathPrefix'], unfit(prefix, 'a prefix', 'a path that starts with "/"'));
}
