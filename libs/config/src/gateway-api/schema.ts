import { z } from 'zod';
import {
  anyObjectRef,
  backendRef,
  grpcFilter,
  httpFilter,
  listener,
  namespaces,
  objectRef,
  parentRef,
  portNumber,
  secretRef,
  strings,
  upTo,
} from './parts';

/** The `spec` of each Gateway API kind. Spec: gateway.networking.k8s.io v1, standard channel of release 1.6. */

const text = z.string();
const match = z.enum(['Exact', 'RegularExpression']);
const headerMatch = z.strictObject({ type: match.optional(), name: text, value: text });
const attachment = { parentRefs: upTo(32, parentRef).optional() };

/** A class of Gateways, by the controller that implements it. */
export const gatewayClassSpec = z.strictObject({
  controllerName: text,
  parametersRef: anyObjectRef.optional(),
  description: text.optional(),
});

const frontendTls = z.strictObject({
  validation: z
    .strictObject({ caCertificateRefs: upTo(16, anyObjectRef), mode: z.enum(['AllowValidOnly', 'AllowInsecureFallback']).optional() })
    .optional(),
});

/** What a gateway listens on. */
export const gatewaySpec = z.strictObject({
  gatewayClassName: text,
  listeners: upTo(64, listener),
  addresses: upTo(16, z.strictObject({ type: text.optional(), value: text.optional() })).optional(),
  infrastructure: z
    .strictObject({ labels: strings.optional(), annotations: strings.optional(), parametersRef: objectRef.optional() })
    .optional(),
  allowedListeners: z.strictObject({ namespaces: namespaces(['All', 'Selector', 'Same', 'None']) }).optional(),
  tls: z
    .strictObject({
      backend: z.strictObject({ clientCertificateRef: secretRef.optional() }).optional(),
      frontend: z
        .strictObject({ default: frontendTls, perPort: upTo(64, z.strictObject({ port: portNumber, tls: frontendTls })).optional() })
        .optional(),
    })
    .optional(),
});

/** Listeners added to a Gateway from elsewhere. */
export const listenerSetSpec = z.strictObject({ parentRef: secretRef, listeners: upTo(64, listener) });

/** HTTP rules. */
export const httpRouteSpec = z.strictObject({
  ...attachment,
  hostnames: upTo(16, text).optional(),
  rules: upTo(
    16,
    z.strictObject({
      name: text.optional(),
      matches: upTo(
        64,
        z.strictObject({
          path: z
            .strictObject({ type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).optional(), value: text.optional() })
            .optional(),
          headers: upTo(16, headerMatch).optional(),
          queryParams: upTo(16, headerMatch).optional(),
          method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']).optional(),
        }),
      ).optional(),
      filters: upTo(16, httpFilter).optional(),
      backendRefs: upTo(16, z.strictObject({ ...backendRef.shape, filters: upTo(16, httpFilter).optional() })).optional(),
      timeouts: z.strictObject({ request: text.optional(), backendRequest: text.optional() }).optional(),
    }),
  ).optional(),
});

/** gRPC rules. */
export const grpcRouteSpec = z.strictObject({
  ...attachment,
  hostnames: upTo(16, text).optional(),
  rules: upTo(
    16,
    z.strictObject({
      name: text.optional(),
      matches: upTo(
        64,
        z.strictObject({
          method: z.strictObject({ type: match.optional(), service: text.optional(), method: text.optional() }).optional(),
          headers: upTo(16, headerMatch).optional(),
        }),
      ).optional(),
      filters: upTo(16, grpcFilter).optional(),
      backendRefs: upTo(16, z.strictObject({ ...backendRef.shape, filters: upTo(16, grpcFilter).optional() })).optional(),
    }),
  ).optional(),
});

const opaqueRules = upTo(1, z.strictObject({ name: text.optional(), backendRefs: upTo(16, backendRef) }));

/** Rules for TLS by server name. */
export const tlsRouteSpec = z.strictObject({ ...attachment, hostnames: upTo(1024, text), rules: opaqueRules });

/** Rules for opaque TCP. */
export const tcpRouteSpec = z.strictObject({ ...attachment, rules: opaqueRules });

/** Who may refer into a namespace, and to what. */
export const referenceGrantSpec = z.strictObject({
  from: upTo(16, z.strictObject({ group: text, kind: text, namespace: text })),
  to: upTo(16, z.strictObject({ group: text, kind: text, name: text.optional() })),
});

/** TLS towards a backend. */
export const backendTlsPolicySpec = z.strictObject({
  targetRefs: upTo(16, z.strictObject({ ...objectRef.shape, sectionName: text.optional() })),
  options: strings.optional(),
  validation: z.strictObject({
    caCertificateRefs: upTo(8, objectRef).optional(),
    wellKnownCACertificates: text.optional(),
    hostname: text,
    subjectAltNames: upTo(
      5,
      z.strictObject({ type: z.enum(['Hostname', 'URI']), hostname: text.optional(), uri: text.optional() }),
    ).optional(),
  }),
});
