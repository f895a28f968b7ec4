import { type HTTPMatchRequest } from '@lateen/config';

/** Who asks, and where: what decides which conditions of a rule can hold at all in a route configuration. */
export interface RuleScope {
  /** `mesh`, or `NAMESPACE/NAME` of every Gateway the listener belongs to. */
  readonly gateways: ReadonlySet<string>;
  /** Port of the listener: the service's at a sidecar, the server's at a gateway. */
  readonly port: number;
  /** Labels of the proxy's workload. */
  readonly labels: Readonly<Record<string, string>>;
  /** Namespace of the proxy's workload. */
  readonly namespace: string;
}

/**
 * Whether a match's conditions on client and listener hold here. A match they do not hold for makes no route.
 * Spec: Istio `HTTPMatchRequest` gateways, port, sourceLabels, sourceNamespace; `sourceLabels` do not count at gateways.
 */
export function inScope(
  match: Pick<HTTPMatchRequest, 'gateways' | 'port' | 'sourceLabels' | 'sourceNamespace'>,
  scope: RuleScope,
): boolean {
  const { gateways, port, sourceLabels, sourceNamespace } = match;
  if (gateways !== undefined && gateways.length > 0 && !gateways.some((name) => scope.gateways.has(name))) return false;
  if (port !== undefined && port !== 0 && port !== scope.port) return false;
  if (sourceNamespace !== undefined && sourceNamespace !== '' && sourceNamespace !== scope.namespace) return false;
  if (!scope.gateways.has('mesh')) return true;
  return Object.entries(sourceLabels ?? {}).every(([name, value]) => scope.labels[name] === value);
}
