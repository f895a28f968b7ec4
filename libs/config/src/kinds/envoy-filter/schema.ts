import { z } from 'zod';
import { crd, oneOf } from '../../schema/crd-meta';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { int32, message, stringMap, uint32 } from '../../schema/scalars';
import { oneTarget, portNumber, targetRefs, workloadSelector } from '../../schema/shared';

const filterMatch = message({ name: z.string(), subFilter: message({ name: z.string() }) });

const listenerMatch = message({
  portNumber: uint32,
  portName: z.string(),
  filterChain: message({
    name: z.string(),
    sni: z.string(),
    transportProtocol: z.string(),
    applicationProtocols: z.string(),
    filter: filterMatch,
    destinationPort: uint32,
    transportSocket: z.string(),
  }),
  listenerFilter: z.string(),
  name: z.string(),
});

const routeConfigurationMatch = message({
  portNumber: uint32,
  portName: z.string(),
  gateway: z.string(),
  vhost: message({
    name: z.string(),
    domainName: z.string(),
    route: message({ name: z.string(), action: z.enum(['ANY', 'ROUTE', 'REDIRECT', 'DIRECT_RESPONSE']) }),
  }),
  name: z.string(),
});

const objectMatch = crd(
  oneOf(
    message({
      context: z.enum(['ANY', 'SIDECAR_INBOUND', 'SIDECAR_OUTBOUND', 'GATEWAY', 'WAYPOINT']),
      proxy: message({ proxyVersion: z.string(), metadata: stringMap }),
      listener: listenerMatch,
      routeConfiguration: routeConfigurationMatch,
      cluster: message({ portNumber: uint32, service: z.string(), subset: z.string(), name: z.string() }),
      waypoint: message({ portNumber, filter: filterMatch, route: message({ name: z.string() }) }),
    }),
    'listener',
    'routeConfiguration',
    'cluster',
    'waypoint',
  ),
  {
    validations: [
      {
        rule: '(has(self.context) && self.context == "WAYPOINT") == has(self.waypoint)',
        message: 'waypoint is for context WAYPOINT, and only for it',
      },
    ],
  },
);

const configPatch = message({
  applyTo: z.enum([
    'INVALID',
    'LISTENER',
    'FILTER_CHAIN',
    'NETWORK_FILTER',
    'HTTP_FILTER',
    'ROUTE_CONFIGURATION',
    'VIRTUAL_HOST',
    'HTTP_ROUTE',
    'CLUSTER',
    'EXTENSION_CONFIG',
    'BOOTSTRAP',
    'LISTENER_FILTER',
  ]),
  match: objectMatch,
  patch: message({
    operation: z.enum([
      'INVALID',
      'MERGE',
      'ADD',
      'REMOVE',
      'INSERT_BEFORE',
      'INSERT_AFTER',
      'INSERT_FIRST',
      'REPLACE',
      'MERGE_AND_REPLACE_LIST',
    ]),
    value: z.looseObject({}),
    filterClass: z.enum(['UNSPECIFIED', 'AUTHN', 'AUTHZ', 'STATS']),
  }),
});

/** The `spec` of an EnvoyFilter. Spec: networking.istio.io EnvoyFilter. */
export const envoyFilterSpec = crd(message({ workloadSelector, targetRefs, configPatches: z.array(configPatch), priority: int32 }), {
  validations: [oneTarget('workloadSelector', 'targetRefs')],
});

/** Patches to what is generated for a proxy. `patch.value` is Envoy's own JSON, kept as written. */
export type EnvoyFilterSpec = DeepReadonly<z.output<typeof envoyFilterSpec>>;
/** One patch. */
export type EnvoyConfigObjectPatch = DeepReadonly<z.output<typeof configPatch>>;
