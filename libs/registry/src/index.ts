export { endpointsOf, indexWorkloads, matchesLabels, targetPortOf, type WorkloadIndex } from './endpoints';
export {
  type DeclaredEndpoint,
  type Endpoint,
  type Locality,
  type Protocol,
  type RegistryName,
  type Resolution,
  type Service,
  type ServicePort,
  type WorkloadInstance,
  type WorkloadPort,
} from './model';
export { isHttp, isHttp2, type PortDeclaration, protocolNamed, protocolOf } from './protocol';
export { buildRegistry, type Registry, type RegistryInputs } from './registry';
export { localityOf, serviceHostname } from './services';
export { allocateVips, type VipAllocation } from './vip-allocation';
export { canonicalName, canonicalRevision, DEFAULT_LOCALITY, injectedLabels, offlineWorkloads, proxyKindOf } from './workloads';
