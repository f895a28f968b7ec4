import { type Gateway, type VirtualService } from '@lateen/config';
import { hostCovers } from '@lateen/mesh';
import { fullHost, scopesOf } from '../configuration/hosts';
import { matches } from '../configuration/workloads';
import { type CauseContext } from './cause-context';

/**
 * The VirtualService whose rules a proxy has for the virtual host that a request came to: of those visible to it and
 * bound to the mesh (a sidecar) or to a Gateway of that port (a gateway), the one that names the host, else the one
 * with the longest wildcard that covers it; of equals the first. Only such that have rules for HTTP.
 * Spec: Istio, hosts and gateways of VirtualService.
 */
export function virtualServiceOfHost(context: CauseContext): VirtualService | undefined {
  const { record, configuration } = context;
  const place = placeOf(context);
  const isBound = boundTo(context, place);
  let best: { readonly resource: VirtualService; readonly length: number } | undefined;
  for (const resource of configuration.of('VirtualService')) {
    const { spec, metadata } = resource;
    const visible = scopesOf(spec.exportTo ?? configuration.meshConfig.defaultVirtualServiceExportTo, metadata.namespace);
    if ((spec.http ?? []).length === 0 || !(visible.includes('*') || visible.includes(record.workload.namespace))) continue;
    if (!isBound(resource)) continue;
    for (const name of spec.hosts ?? []) {
      const host = fullHost(name, metadata.namespace);
      if (host === place.host) return resource;
      if (hostCovers(host, place.host) && host.length > (best?.length ?? 0)) best = { resource, length: host.length };
    }
  }
  return best?.resource;
}

/** A virtual host: the name it was made for, and the port; 0 where it is not known. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/** As the proxy says; where it does not, by what the client called. */
function placeOf(context: CauseContext): Place {
  const { record } = context;
  const named = /^(.+):(\d+)$/.exec(context.evidence('virtual host ') ?? '');
  if (named !== null) return { host: named[1] ?? '', port: Number(named[2]) };
  const host = record.authority.replace(/:\d+$/, '').toLowerCase();
  return { host: fullHost(host, record.workload.namespace), port: 0 };
}

/** Whether a VirtualService is bound to what the request came to: `http.8080` and `https.443.NAME.GATEWAY.NAMESPACE` are a gateway's routes. */
function boundTo(context: CauseContext, { port }: Place): (resource: VirtualService) => boolean {
  const { record, configuration } = context;
  const [, secure, number] = /^http(s?)\.(\d+)(?:\.|$)/.exec(record.routeConfig) ?? [];
  if (number === undefined) {
    return ({ spec: { gateways = [] } }) => gateways.length === 0 || gateways.includes('mesh');
  }
  const numbers = new Set([Number(number), port]);
  const open = [...configuration.gateways].flatMap(([name, gateway]) => {
    const { namespace, name: own } = gateway.metadata;
    const serves =
      secure === 's' ? record.routeConfig.endsWith(`.${own}.${namespace}`) : opensPlaintext(gateway, numbers) && isOn(gateway, context);
    return serves ? [name] : [];
  });
  const names = new Set(open);
  return ({ spec: { gateways = [] }, metadata: { namespace } }) => gateways.some((gateway) => names.has(gatewayName(gateway, namespace)));
}

function opensPlaintext({ spec }: Gateway, numbers: ReadonlySet<number>): boolean {
  return (spec.servers ?? []).some(({ port }) => numbers.has(port.number) && /^(HTTP2?|GRPC(-WEB)?)$/i.test(port.protocol));
}

/** Whether a Gateway selects the workload; it may where the files do not have the workload. */
function isOn({ spec }: Gateway, { record, configuration }: CauseContext): boolean {
  const { name, namespace } = record.workload;
  const own = configuration.workloads.all.find((w) => w.namespace === namespace && (w.name === name || w.from === 'assumption'));
  return own === undefined || matches(own.labels, spec.selector ?? {});
}

/** `NAMESPACE/NAME` of a Gateway as a VirtualService in `namespace` names it. Spec: Istio also takes `./NAME` and `NAME.NAMESPACE`. */
function gatewayName(gateway: string, namespace: string): string {
  if (gateway.startsWith('./')) return `${namespace}/${gateway.slice(2)}`;
  if (gateway.includes('/')) return gateway;
  const [name = '', owner = namespace] = gateway.split('.');
  return `${owner}/${name}`;
}
