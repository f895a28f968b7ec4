import { createRegistry, type Registry } from '@bufbuild/protobuf';
import { files } from './gen/files';

let registry: Registry | undefined;

/**
 * Every message type generated here, for turning an Any into JSON and back. Made on first use: it holds some 800
 * types, so a process that renders no configuration never pays for it.
 */
export function xdsRegistry(): Registry {
  return (registry ??= createRegistry(...files));
}
