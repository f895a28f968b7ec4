import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { crd } from '../../schema/crd-meta';
import { message, stringMap, uint32 } from '../../schema/scalars';
import { oneTarget, portNumber, workloadSelector } from '../../schema/shared';

const servicePort = message({
  number: portNumber,
  protocol: crd(z.string(), { keywords: { maxLength: 256 } }),
  name: crd(z.string(), { keywords: { maxLength: 256 } }),
  targetPort: portNumber,
}).required({ number: true, name: true });

const unixRules = [
  {
    rule: 'self.startsWith("unix://") ? (self.substring(7, 8) == "/" || self.substring(7, 8) == "@") : true',
    message: 'a unix socket is an absolute path or an abstract name',
  },
  { rule: 'self.startsWith("unix://") ? !self.endsWith("/") : true', message: 'a unix socket is no folder' },
];

/** The fields of a workload, which a WorkloadGroup's template need not complete. */
export const workloadTemplate = crd(
  message({
    address: crd(z.string(), { keywords: { maxLength: 256 }, validations: unixRules }),
    ports: crd(z.record(z.string(), portNumber), {
      keywords: { maxProperties: 128 },
      validations: [
        {
          rule: 'self.all(key, size(key) < 63 && key.matches("^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$"))',
          message: 'the name of a port is a label',
        },
      ],
    }),
    labels: crd(stringMap, { keywords: { maxProperties: 256 } }),
    network: crd(z.string(), { keywords: { maxLength: 2048 } }),
    locality: crd(z.string(), { keywords: { maxLength: 2048 } }),
    weight: uint32,
    serviceAccount: crd(z.string(), { keywords: { maxLength: 253 } }),
  }),
  {
    validations: [
      {
        rule: '(has(self.address) ? self.address : "").startsWith("unix://") ? !has(self.ports) : true',
        message: 'a unix socket has no ports',
      },
    ],
  },
);

/** The `spec` of a WorkloadEntry, and an endpoint of a ServiceEntry. */
export const workloadEntrySpec = crd(workloadTemplate, {
  validations: [{ rule: 'has(self.address) || has(self.network)', message: 'address or network is required' }],
});

const RESOLUTION = '(has(self.resolution) ? self.resolution : "NONE")';

/** The `spec` of a ServiceEntry. Spec: networking.istio.io ServiceEntry. */
export const serviceEntrySpec = crd(
  message({
    hosts: crd(
      z.array(crd(z.string(), { keywords: { maxLength: 256 }, validations: [{ rule: 'self != "*"', message: 'a host is not "*"' }] })),
      { keywords: { minItems: 1, maxItems: 256 } },
    ),
    addresses: crd(z.array(crd(z.string(), { keywords: { maxLength: 64 } })), { keywords: { maxItems: 256 } }),
    ports: crd(z.array(servicePort), {
      keywords: { maxItems: 256, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
      validations: [{ rule: 'self.all(l1, self.exists_one(l2, l1.number == l2.number))', message: 'port numbers are unique' }],
    }),
    location: z.enum(['MESH_EXTERNAL', 'MESH_INTERNAL']),
    resolution: z.enum(['NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS']),
    endpoints: crd(z.array(workloadEntrySpec), { keywords: { maxItems: 4096 } }),
    workloadSelector,
    exportTo: z.array(z.string()),
    subjectAltNames: z.array(z.string()),
  }).required({ hosts: true }),
  {
    validations: [
      oneTarget('workloadSelector', 'endpoints'),
      {
        rule: `!((has(self.addresses) ? self.addresses : []).exists(k, k.contains("/")) && !(${RESOLUTION} in ["STATIC", "NONE"]))`,
        message: 'ranges of addresses need resolution NONE or STATIC',
      },
      { rule: `${RESOLUTION} == "NONE" ? !has(self.endpoints) : true`, message: 'resolution NONE has no endpoints' },
      {
        rule: `${RESOLUTION} == "DNS_ROUND_ROBIN" ? ((has(self.endpoints) ? self.endpoints : []).size() <= 1) : true`,
        message: 'resolution DNS_ROUND_ROBIN has one endpoint at most',
      },
    ],
  },
);

/** A service added to the registry. Unset `location` is MESH_EXTERNAL, unset `resolution` is NONE. */
export type ServiceEntrySpec = DeepReadonly<z.output<typeof serviceEntrySpec>>;
/** A port of the service; an unset `targetPort` is `number`. */
export type ServiceEntryPort = DeepReadonly<z.output<typeof servicePort>>;
/** One endpoint. `ports` maps service port names to endpoint ports. */
export type WorkloadEntrySpec = DeepReadonly<z.output<typeof workloadEntrySpec>>;
