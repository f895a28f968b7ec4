import { z } from 'zod';

/** Parts that Gateway API kinds share. Spec: gateway.networking.k8s.io v1, standard channel of release 1.6. */

const text = z.string();
const port = z.int().min(1).max(65_535);

/** Text keyed by text. */
export const strings = z.record(text, text);

/** A list of at most `max` items. */
export function upTo<S extends z.ZodType>(max: number, schema: S): z.ZodArray<S> {
  return z.array(schema).max(max);
}

/** An object that has to be named by group and kind. */
export const objectRef = z.strictObject({ group: text, kind: text, name: text });
/** One that may be in another namespace. */
export const anyObjectRef = z.strictObject({ group: text, kind: text, name: text, namespace: text.optional() });
/** A Secret, unless group and kind say otherwise. */
export const secretRef = z.strictObject({ group: text.optional(), kind: text.optional(), name: text, namespace: text.optional() });
/** What a route is attached to: a Gateway, unless group and kind say otherwise. */
export const parentRef = z.strictObject({ ...secretRef.shape, sectionName: text.optional(), port: port.optional() });
/** A Service, unless group and kind say otherwise. */
export const backendObjectRef = z.strictObject({ ...secretRef.shape, port: port.optional() });
/** One with a share of the traffic; 1 where unset. */
export const backendRef = z.strictObject({ ...backendObjectRef.shape, weight: z.int().min(0).max(1_000_000).optional() });

const header = z.strictObject({ name: text, value: text });
const headerModifier = z.strictObject({
  set: upTo(16, header).optional(),
  add: upTo(16, header).optional(),
  remove: upTo(16, text).optional(),
});
const requestMirror = z.strictObject({
  backendRef: backendObjectRef,
  percent: z.int().min(0).max(100).optional(),
  fraction: z.strictObject({ numerator: z.int().min(0), denominator: z.int().min(1).optional() }).optional(),
});
const pathModifier = z.strictObject({
  type: z.enum(['ReplaceFullPath', 'ReplacePrefixMatch']),
  replaceFullPath: text.optional(),
  replacePrefixMatch: text.optional(),
});

/** Filters of HTTP and gRPC routes alike. */
const commonFilter = {
  requestHeaderModifier: headerModifier.optional(),
  responseHeaderModifier: headerModifier.optional(),
  requestMirror: requestMirror.optional(),
  extensionRef: objectRef.optional(),
};

/** What a gRPC route does to requests and responses. */
export const grpcFilter = z.strictObject({
  type: z.enum(['ResponseHeaderModifier', 'RequestHeaderModifier', 'RequestMirror', 'ExtensionRef']),
  ...commonFilter,
});

/** What an HTTP route does to requests and responses. */
export const httpFilter = z.strictObject({
  type: z.enum([
    'RequestHeaderModifier',
    'ResponseHeaderModifier',
    'RequestMirror',
    'RequestRedirect',
    'URLRewrite',
    'ExtensionRef',
    'CORS',
  ]),
  ...commonFilter,
  requestRedirect: z
    .strictObject({
      scheme: z.enum(['http', 'https']).optional(),
      hostname: text.optional(),
      path: pathModifier.optional(),
      port: port.optional(),
      statusCode: z.literal([301, 302, 303, 307, 308]).optional(),
    })
    .optional(),
  urlRewrite: z.strictObject({ hostname: text.optional(), path: pathModifier.optional() }).optional(),
  cors: z
    .strictObject({
      allowOrigins: upTo(64, text).optional(),
      allowCredentials: z.boolean().optional(),
      allowMethods: upTo(9, z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', '*'])).optional(),
      allowHeaders: upTo(64, text).optional(),
      exposeHeaders: upTo(64, text).optional(),
      maxAge: z.int().min(1).optional(),
    })
    .optional(),
});

const labelSelector = z.strictObject({
  matchLabels: strings.optional(),
  matchExpressions: z.array(z.strictObject({ key: text, operator: text, values: z.array(text).optional() })).optional(),
});

/** Namespaces something may come from, `from` one of `names`. */
export function namespaces<const N extends readonly [string, ...string[]]>(names: N): z.ZodOptional<z.ZodObject> {
  return z
    .strictObject({ from: z.enum(names).optional(), selector: labelSelector.optional() })
    .optional() as unknown as z.ZodOptional<z.ZodObject>;
}

/** One port of a Gateway or ListenerSet. */
export const listener = z.strictObject({
  name: text,
  hostname: text.optional(),
  port,
  protocol: text,
  tls: z
    .strictObject({
      mode: z.enum(['Terminate', 'Passthrough']).optional(),
      certificateRefs: upTo(64, secretRef).optional(),
      options: strings.optional(),
    })
    .optional(),
  allowedRoutes: z
    .strictObject({
      namespaces: namespaces(['All', 'Selector', 'Same']),
      kinds: upTo(8, z.strictObject({ group: text.optional(), kind: text })).optional(),
    })
    .optional(),
});

/** A port number. */
export const portNumber = port;
