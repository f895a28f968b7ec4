export { has, type Interception, ISTIO_EXTENSION_NAMES, type PortMap, type Proxy } from './proxy';
export { type ProxyResources, type Translated } from './proxy-resources';
