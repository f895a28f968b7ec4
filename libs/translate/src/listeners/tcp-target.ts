import { type VirtualServiceView } from '@lateen/mesh';
import { type L4MatchAttributes, type RouteDestination, type TCPRoute } from '@lateen/config';
import { clusterOf } from '../routes/destinations';
import { type ProxyInputs } from '../routes/inputs';
import { inScope, type RuleScope } from '../routes/rule-scope';
import { ruleContext } from '../routes/rule-context';
import { to } from './chain';

/** Clusters of a TCP proxy by weight, and the name of its statistics. */
export interface TcpDestination {
  readonly statPrefix: string;
  readonly clusters: readonly { readonly name: string; readonly weight: number }[];
}

/** Where and for which VirtualService a connection's destination is wanted. */
export interface TcpPlace {
  readonly view: VirtualServiceView;
  /** `mesh`, or the Gateways (`NAMESPACE/NAME`) of the listener. */
  readonly gateways: ReadonlySet<string>;
  readonly port: number;
}

/** The destination of the first of a VirtualService's TCP rules that holds on a port; undefined when none does. */
export function tcpDestination(inputs: ProxyInputs, place: TcpPlace): TcpDestination | undefined {
  const context = ruleContext(inputs, place);
  const rule = place.view.tcp.find((candidate) => holds(candidate, context.scope));
  return rule === undefined ? undefined : destinationOf(inputs, place, rule.route ?? []);
}

/** The clusters of weighted destinations. Spec: Istio's statistics name one cluster, or the VirtualService. */
export function destinationOf(inputs: ProxyInputs, place: TcpPlace, routes: readonly RouteDestination[]): TcpDestination | undefined {
  const context = ruleContext(inputs, place);
  const clusters = routes
    .filter(({ weight }) => routes.length === 1 || (weight ?? 0) > 0)
    .map(({ destination, weight }) => ({ name: clusterOf(context.destination(destination)), weight: weight ?? 0 }));
  const [first] = clusters;
  if (first === undefined) return undefined;
  return clusters.length === 1 ? to(first.name) : { statPrefix: `${place.view.name}.${place.view.namespace}`, clusters };
}

function holds({ match }: TCPRoute, scope: RuleScope): boolean {
  return match === undefined || match.length === 0 || match.some((condition) => !namesSubnets(condition) && inScope(condition, scope));
}

/** Whether a condition is for some addresses only. Chains by address are not built: what is meant for some must not be done to all. */
export function namesSubnets({
  destinationSubnets,
  sourceSubnet,
}: Pick<L4MatchAttributes, 'destinationSubnets' | 'sourceSubnet'>): boolean {
  return (destinationSubnets ?? []).length > 0 || (sourceSubnet ?? '') !== '';
}
