import { type AnyResource, type FieldPath } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { type Configuration } from '../configuration/configuration';
import { asList, asMap } from '../configuration/raw';
import { type Condition, conditionsIn, statusOf } from '../configuration/status';

const WAYPOINT = ['istio.io/WaypointBound'];
const GATEWAY_API = ['Accepted', 'Programmed', 'ResolvedRefs'];

/** Conditions of each kind that should not be False. */
const WANTED: Readonly<Record<string, readonly string[]>> = {
  Service: WAYPOINT,
  ServiceEntry: WAYPOINT,
  WorkloadEntry: WAYPOINT,
  AuthorizationPolicy: ['ZtunnelAccepted', 'WaypointAccepted'],
  Gateway: GATEWAY_API,
  HTTPRoute: GATEWAY_API,
  GRPCRoute: GATEWAY_API,
};

/**
 * Conditions that a cluster has written into the status of resources are met.
 * Spec: IST0171. Files have a status where they come from a cluster; of a Gateway the listeners are not looked at.
 */
export const conditions = defineAnalyzer({
  name: 'conditions',
  description: 'Conditions in the status of resources are met',
  inputs: Object.keys(WANTED),
  codes: ['IST0171'],
  analyze(configuration, report) {
    for (const resource of resourcesOf(configuration)) {
      for (const { at, list } of listsOf(resource)) {
        list.forEach((condition, i) => {
          if (isNegative(resource.kind, condition))
            report('IST0171', resource, { params: [condition.type, condition.reason, condition.message], at: [...at, i] });
        });
      }
    }
  },
});

function resourcesOf(configuration: Configuration): readonly AnyResource[] {
  return Object.keys(WANTED).flatMap(
    (kind) => configuration.loose(kind, kind === 'Gateway' ? 'gateway.networking.k8s.io' : undefined) as unknown as readonly AnyResource[],
  );
}

interface ConditionList {
  readonly at: FieldPath;
  readonly list: readonly Condition[];
}

/** Routes have conditions for each of their parents. */
function listsOf(resource: AnyResource): readonly ConditionList[] {
  const status = statusOf(resource);
  const kind: string = resource.kind;
  if (kind !== 'HTTPRoute' && kind !== 'GRPCRoute') return [{ at: ['status', 'conditions'], list: conditionsIn(status['conditions']) }];
  return asList(status['parents']).map((parent, i) => ({
    at: ['status', 'parents', i, 'conditions'],
    list: conditionsIn(asMap(parent)['conditions']),
  }));
}

function isNegative(kind: string, { type, status, reason }: Condition): boolean {
  if (WANTED[kind]?.includes(type) !== true) return false;
  return status === 'False' || (type === 'WaypointAccepted' && reason === 'PartiallyInvalid');
}
