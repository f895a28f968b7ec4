import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { crd } from '../../schema/crd-meta';
import { maybeBoolean, message, stringMap, uint32 } from '../../schema/scalars';
import { oneTarget } from '../../schema/shared';

const tlsVersion = z.enum(['TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3']);

/** A port of a Gateway server. */
export const serverPort = message({ number: uint32, protocol: z.string(), name: z.string(), targetPort: uint32 }).required({
  number: true,
  protocol: true,
  name: true,
});

/** TLS towards the downstream, shared with Sidecar. */
export const serverTls = crd(
  message({
    httpsRedirect: z.boolean(),
    mode: z.enum(['PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'AUTO_PASSTHROUGH', 'ISTIO_MUTUAL', 'OPTIONAL_MUTUAL']),
    serverCertificate: z.string(),
    privateKey: z.string(),
    caCertificates: z.string(),
    caCrl: z.string(),
    credentialName: z.string(),
    credentialNames: crd(z.array(z.string()), { keywords: { minItems: 1, maxItems: 2 } }),
    caCertCredentialName: z.string(),
    tlsCertificates: crd(z.array(message({ serverCertificate: z.string(), privateKey: z.string(), caCertificates: z.string() })), {
      keywords: { minItems: 1, maxItems: 2 },
    }),
    subjectAltNames: z.array(z.string()),
    verifyCertificateSpki: z.array(z.string()),
    verifyCertificateHash: z.array(z.string()),
    minProtocolVersion: tlsVersion,
    maxProtocolVersion: tlsVersion,
    cipherSuites: z.array(z.string()),
    ecdhCurves: z.array(z.string()),
    insecureSkipVerify: maybeBoolean,
  }),
  // One certificate by name beside certificates as files is left to Istio's own validation, as Istio's definition leaves it.
  { validations: [oneTarget('credentialName', 'credentialNames'), oneTarget('credentialNames', 'tlsCertificates')] },
);

const server = message({
  port: serverPort,
  bind: z.string(),
  hosts: z.array(z.string()),
  tls: serverTls,
  defaultEndpoint: z.string(),
  name: z.string(),
}).required({ port: true, hosts: true });

/** The `spec` of a Gateway. Spec: networking.istio.io Gateway. */
export const gatewaySpec = message({ servers: z.array(server), selector: stringMap });

/** What proxies selected by labels listen on at the mesh's edge. */
export type GatewaySpec = DeepReadonly<z.output<typeof gatewaySpec>>;
/** One port with the hosts it serves, each `[namespace/]dnsName`. */
export type Server = DeepReadonly<z.output<typeof server>>;
/** A server's port; `protocol` in any case. */
export type ServerPort = DeepReadonly<z.output<typeof serverPort>>;
/** TLS towards the downstream. An unset mode is PASSTHROUGH. */
export type ServerTLSSettings = DeepReadonly<z.output<typeof serverTls>>;
