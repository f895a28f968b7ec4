import { type Container, type PodSpec } from '@lateen/config';

/** The sidecar's container, or init container, that a pod is written with. */
export function proxyContainer({ containers = [], initContainers = [] }: PodSpec): Container | undefined {
  return [...containers, ...initContainers].find(({ name, image }) => name === 'istio-proxy' && (image ?? '') !== '');
}

/** Whether a pod is written with a sidecar. */
export function hasProxy(spec: PodSpec): boolean {
  return proxyContainer(spec) !== undefined;
}
