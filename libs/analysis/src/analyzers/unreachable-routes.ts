import { type VirtualService } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { type Configuration } from '../configuration/configuration';
import { ruleName } from './route-destinations';
import { gatewayName } from './virtual-service-gateways';

/** What all three kinds of match have in common. */
interface AnyMatch {
  readonly gateways?: readonly string[] | undefined;
  readonly port?: number | undefined;
  readonly sourceLabels?: Readonly<Record<string, string>> | undefined;
  readonly sourceNamespace?: string | undefined;
}

/**
 * A rule none of whose matches a gateway or a sidecar can have.
 * Spec: LAT0003. Ports are judged where the gateway or the service is in the files, sources where workloads are.
 */
export const unreachableRoutes = defineAnalyzer({
  name: 'unreachable-routes',
  description: 'Every rule can be reached by a gateway or a sidecar',
  inputs: ['VirtualService', 'Gateway', 'Service', 'ServiceEntry', 'Pod', 'Deployment'],
  codes: ['LAT0003'],
  analyze(configuration, report) {
    for (const vs of configuration.of('VirtualService')) {
      // A delegate is bound to what its parents are bound to.
      if ((vs.spec.hosts ?? []).length === 0) continue;
      for (const protocol of ['http', 'tls', 'tcp'] as const) {
        (vs.spec[protocol] ?? []).forEach((rule, i) => {
          const matches: readonly AnyMatch[] = rule.match ?? [];
          if (matches.length === 0) return;
          const reasons = matches.map((match) => obstacle(match, vs, configuration));
          const [first] = reasons;
          if (first === undefined || reasons.includes(undefined)) return;
          report('LAT0003', vs, {
            params: [ruleName('name' in rule ? rule : undefined, i), [...new Set(reasons.map(String))].join('; ')],
            at: ['spec', protocol, i, 'match', 0, first.field],
          });
        });
      }
    }
  },
});

interface Obstacle {
  readonly field: string;
  toString(): string;
}

const because = (field: string, text: string): Obstacle => ({ field, toString: () => text });

/** Why nothing can fulfil a match; undefined when something can, or nobody knows. */
function obstacle(match: AnyMatch, vs: VirtualService, configuration: Configuration): Obstacle | undefined {
  const { namespace } = vs.metadata;
  const name = (gateway: string): string => (gateway === 'mesh' ? 'mesh' : gatewayName(gateway, namespace));
  const own = (vs.spec.gateways ?? []).length === 0 ? ['mesh'] : (vs.spec.gateways ?? []).map(name);
  const asked = (match.gateways ?? []).map(name);
  const effective = asked.length === 0 ? own : asked.filter((gateway) => own.includes(gateway));
  if (effective.length === 0) return because('gateways', `it is for ${asked.join(', ')}, the VirtualService for ${own.join(', ')}`);

  const { port = 0, sourceLabels = {}, sourceNamespace = '' } = match;
  if (port !== 0 && effective.every((gateway) => !mayHavePort(gateway, port, vs, configuration)))
    return because(
      'port',
      `port ${port} is a port of none of ${effective.map((g) => (g === 'mesh' ? 'the services' : `gateway ${g}`)).join(', ')}`,
    );
  const { workloads } = configuration;
  if (!workloads.described) return undefined;
  if (
    Object.keys(sourceLabels).length > 0 &&
    workloads.matching(sourceLabels, sourceNamespace === '' ? undefined : sourceNamespace).length === 0
  )
    return because('sourceLabels', 'no workload has its source labels');
  if (sourceNamespace !== '' && workloads.matching({}, sourceNamespace).length === 0)
    return because('sourceNamespace', `namespace ${sourceNamespace} has no workload`);
  return undefined;
}

function mayHavePort(gateway: string, port: number, vs: VirtualService, { gateways, hosts }: Configuration): boolean {
  if (gateway !== 'mesh') {
    const found = gateways.get(gateway);
    return found === undefined || (found.spec.servers ?? []).some((server) => server.port.number === port);
  }
  return (vs.spec.hosts ?? []).some((host) => {
    const entry = hosts.find(host, vs, vs.spec.exportTo);
    return entry === undefined || entry.ports.includes(port);
  });
}
