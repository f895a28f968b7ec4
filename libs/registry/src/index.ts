export {
  type DeclaredEndpoint,
  type Endpoint,
  type Locality,
  type Protocol,
  type Registry,
  type Resolution,
  type Service,
  type ServicePort,
  type WorkloadInstance,
  type WorkloadPort,
} from './model';
