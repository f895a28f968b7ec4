import { z } from 'zod';
import { crd, oneOf } from '../../schema/crd-meta';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { int32, message } from '../../schema/scalars';
import { oneTarget, policySelector, targetRefs } from '../../schema/shared';
import { trafficSelector, wasmFields } from '../wasm-plugin/schema';

const wasm = message(wasmFields).required({ url: true });

/** The `spec` of a TrafficExtension. Spec: extensions.istio.io TrafficExtension. */
export const trafficExtensionSpec = crd(
  oneOf(
    message({
      selector: policySelector,
      targetRefs,
      phase: z.enum(['UNSPECIFIED', 'AUTHN', 'AUTHZ', 'STATS']),
      priority: crd(int32, { keywords: { nullable: true } }),
      match: z.array(trafficSelector),
      wasm,
      lua: message({ inlineCode: crd(z.string(), { keywords: { minLength: 1, maxLength: 65_536 } }) }).required({ inlineCode: true }),
    }),
    'wasm',
    'lua',
  ),
  {
    validations: [
      oneTarget('selector', 'targetRefs'),
      { rule: 'has(self.wasm) != has(self.lua)', message: 'exactly one of wasm and lua is set' },
    ],
  },
);

/** A Wasm module or a Lua script in the filter chain. */
export type TrafficExtensionSpec = DeepReadonly<z.output<typeof trafficExtensionSpec>>;
