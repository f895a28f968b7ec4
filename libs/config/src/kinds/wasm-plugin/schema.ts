import { z } from 'zod';
import { crd } from '../../schema/crd-meta';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { int32, message, uint32 } from '../../schema/scalars';
import { oneTarget, policySelector, targetRef, targetRefs } from '../../schema/shared';

/** The environment of a plugin's virtual machine. */
const vmConfig = message({
  env: crd(
    z.array(
      crd(
        message({
          name: crd(z.string(), { keywords: { minLength: 1, maxLength: 256 } }),
          valueFrom: z.enum(['INLINE', 'HOST']),
          value: crd(z.string(), { keywords: { maxLength: 2048 } }),
        }).required({ name: true }),
        {
          validations: [
            {
              rule: '(has(self.valueFrom) ? self.valueFrom : "") != "HOST" || !has(self.value)',
              message: 'a value is only for valueFrom INLINE',
            },
          ],
        },
      ),
    ),
    { keywords: { maxItems: 256, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] } },
  ),
});

/** Which traffic a plugin sees, shared with TrafficExtension. */
export const trafficSelector = message({
  mode: z.enum(['UNDEFINED', 'CLIENT', 'SERVER', 'CLIENT_AND_SERVER']),
  ports: crd(z.array(message({ number: crd(uint32, { keywords: { minimum: 1, maximum: 65_535 } }) }).required({ number: true })), {
    keywords: { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['number'] },
  }),
});

const SCHEMES = '["", "http", "https", "file", "oci"]';

/** The fields of a Wasm module, shared with TrafficExtension. */
export const wasmFields = {
  url: crd(z.string(), {
    keywords: { minLength: 1, maxLength: 2048 },
    validations: [
      {
        rule: `isURL(self) ? (url(self).getScheme() in ${SCHEMES}) : (isURL("http://" + self) && url("http://" + self).getScheme() in ${SCHEMES})`,
        message: 'the scheme is one of http, https, file, oci',
      },
    ],
  }),
  sha256: crd(z.string(), { keywords: { pattern: '(^$|^[a-f0-9]{64}$)' } }),
  imagePullPolicy: z.enum(['UNSPECIFIED_POLICY', 'IfNotPresent', 'Always']),
  imagePullSecret: crd(z.string(), { keywords: { minLength: 1, maxLength: 253 } }),
  verificationKey: z.string(),
  pluginConfig: z.looseObject({}),
  pluginName: crd(z.string(), { keywords: { minLength: 1, maxLength: 256 } }),
  failStrategy: z.enum(['FAIL_CLOSE', 'FAIL_OPEN', 'FAIL_RELOAD']),
  vmConfig,
  type: z.enum(['UNSPECIFIED_PLUGIN_TYPE', 'HTTP', 'NETWORK']),
};

/** The `spec` of a WasmPlugin. Spec: extensions.istio.io WasmPlugin. */
export const wasmPluginSpec = crd(
  message({
    selector: policySelector,
    targetRef,
    targetRefs,
    ...wasmFields,
    phase: z.enum(['UNSPECIFIED_PHASE', 'AUTHN', 'AUTHZ', 'STATS']),
    priority: crd(int32, { keywords: { nullable: true } }),
    match: z.array(trafficSelector),
  }).required({ url: true }),
  { validations: [oneTarget('selector', 'targetRef', 'targetRefs')] },
);

/** A Wasm module in the filter chain. `pluginConfig` is the module's own, kept as written. */
export type WasmPluginSpec = DeepReadonly<z.output<typeof wasmPluginSpec>>;
/** Which traffic a plugin sees. */
export type TrafficSelector = DeepReadonly<z.output<typeof trafficSelector>>;
