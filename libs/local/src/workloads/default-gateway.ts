import { type WorkloadSpec } from './workload';

/** Name and namespace of the gateway that is added where the files have none. Spec: Istio's ingress chart. */
export const DEFAULT_GATEWAY = { namespace: 'istio-system', name: 'istio-ingressgateway' } as const;

const LABELS = { app: 'istio-ingressgateway', istio: 'ingressgateway' } as const;

/** The default ingress gateway's only replica. */
export function defaultGatewayWorkload(): WorkloadSpec {
  return {
    pod: `${DEFAULT_GATEWAY.name}-0`,
    namespace: DEFAULT_GATEWAY.namespace,
    workload: DEFAULT_GATEWAY.name,
    ordinal: 0,
    role: 'router',
    serviceAccount: 'istio-ingressgateway-service-account',
    labels: LABELS,
    annotations: {},
    ports: [
      { name: 'http2', containerPort: 8080 },
      { name: 'https', containerPort: 8443 },
    ],
    environment: [],
    transient: false,
  };
}

/** Its Service as YAML, to be applied with the user's files: 80 → 8080, 443 → 8443. */
export const DEFAULT_GATEWAY_SERVICE_YAML = `apiVersion: v1
kind: Service
metadata:
  name: ${DEFAULT_GATEWAY.name}
  namespace: ${DEFAULT_GATEWAY.namespace}
  labels:
    app: ${LABELS.app}
    istio: ${LABELS.istio}
spec:
  type: LoadBalancer
  selector:
    app: ${LABELS.app}
    istio: ${LABELS.istio}
  ports:
    - name: http2
      port: 80
      targetPort: 8080
    - name: https
      port: 443
      targetPort: 8443
`;
