import { type FieldPath } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { type HostTable } from '../configuration/hosts';
import { suggest } from '../suggest';
import { destinationsOf } from './route-destinations';

/**
 * Hosts and ports that routes send to must exist, and a port must be named where there are several.
 * Spec: IST0101 host, mirror host and host:port; IST0112.
 */
export const virtualServiceDestinations = defineAnalyzer({
  name: 'virtual-service-destinations',
  description: 'Hosts and ports that VirtualServices route to exist',
  inputs: ['VirtualService', 'Service', 'ServiceEntry'],
  codes: ['IST0101', 'IST0112'],
  analyze(configuration, report) {
    const { hosts } = configuration;
    if (!hosts.described) return;
    for (const vs of configuration.of('VirtualService')) {
      for (const { destination, path, mirror } of destinationsOf(vs)) {
        const { host, port } = destination;
        const at = [...path, 'host'];
        const entry = hosts.find(host, vs, vs.spec.exportTo);
        if (entry === undefined) {
          if (!hosts.speaksOf(host, vs)) continue;
          const near = nearHost(host, vs.metadata.namespace, hosts);
          report('IST0101', vs, {
            params: [mirror ? 'mirror host' : 'host', host],
            at,
            ...(near === undefined ? {} : { fix: { title: `Use host "${near}"`, path: at, from: host, to: near } }),
          });
        } else if (port?.number !== undefined && port.number !== 0) {
          if (!entry.ports.includes(port.number)) {
            report('IST0101', vs, {
              params: ['host:port', `${host}:${port.number}`],
              at: [...path, 'port', 'number'],
              istioAt: at,
              related: [
                {
                  resource: entry.resource,
                  path: ['spec', 'ports'],
                  note: `${entry.resource.kind} ${entry.host} has the ports ${entry.ports.join(', ')}`,
                },
              ],
              ...onlyPort(entry.ports, [...path, 'port', 'number'], port.number),
            });
          }
        } else if (entry.ports.length > 1) {
          report('IST0112', vs, {
            params: [host, entry.ports.join(', ')],
            at,
            related: [
              {
                resource: entry.resource,
                path: ['spec', 'ports'],
                note: `${entry.resource.kind} ${entry.host} has the ports ${entry.ports.join(', ')}`,
              },
            ],
          });
        }
      }
    }
  },
});

/** A name that was probably meant, written as the user wrote it: short, or in full. */
function nearHost(host: string, namespace: string, hosts: HostTable): string | undefined {
  if (!host.includes('.')) return suggest(host, hosts.servicesIn(namespace));
  const [name = '', owner = '', ...rest] = host.split('.');
  const near = rest.join('.') === 'svc.cluster.local' ? suggest(name, hosts.servicesIn(owner)) : undefined;
  return near === undefined ? undefined : [near, owner, ...rest].join('.');
}

function onlyPort(ports: readonly number[], path: FieldPath, from: number) {
  const [only] = ports;
  return ports.length === 1 && only !== undefined ? { fix: { title: `Use port ${only}`, path, from: String(from), to: String(only) } } : {};
}
