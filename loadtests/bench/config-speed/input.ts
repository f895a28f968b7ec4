/** One file of configuration as a team would keep it. */
export interface InputFile {
  readonly name: string;
  readonly text: string;
}

/** What was generated. */
export interface GeneratedInput {
  readonly files: readonly InputFile[];
  readonly resources: number;
  readonly lines: number;
}

/** Applications of one namespace; each is ten resources in one file. */
const APPS_PER_NAMESPACE = 8;
/** Every so many applications, one has a mistake in it, as real folders do. */
const MISTAKE_EVERY = 20;

/**
 * A folder of about `resources` resources with about 50 lines each: what ten teams' repositories look like, comments
 * included. The same number gives the same text.
 */
export function generateInput(resources: number): GeneratedInput {
  const files: InputFile[] = [];
  let count = 0;
  for (let app = 0; count < resources; app++) {
    const namespace = `team-${Math.floor(app / APPS_PER_NAMESPACE)}`;
    const parts = app % APPS_PER_NAMESPACE === 0 ? [namespaceOf(namespace), gatewayOf(namespace), sidecarOf(namespace)] : [];
    const documents = [...parts, ...documentsOf(app, namespace)].slice(0, resources - count);
    count += documents.length;
    files.push({ name: `${namespace}/app-${app}.yaml`, text: documents.join('---\n') });
  }
  return { files, resources: count, lines: files.reduce((sum, { text }) => sum + text.split('\n').length, 0) };
}

function documentsOf(app: number, namespace: string): readonly string[] {
  const name = `app-${app}`;
  const next = `app-${app % APPS_PER_NAMESPACE === APPS_PER_NAMESPACE - 1 ? app : app + 1}`;
  return [
    serviceOf(name, namespace),
    deploymentOf(name, namespace, 'v1'),
    deploymentOf(name, namespace, 'v2'),
    virtualServiceOf(name, namespace, app % MISTAKE_EVERY === MISTAKE_EVERY - 1 ? 'v9' : 'v2'),
    destinationRuleOf(name, namespace),
    authorizationOf(name, namespace, next),
    serviceEntryOf(name, namespace),
    telemetryOf(name, namespace),
    requestAuthenticationOf(name, namespace),
    app % 4 === 0 ? envoyFilterOf(name, namespace) : configMapOf(name, namespace),
  ];
}

function head(apiVersion: string, kind: string, name: string, namespace: string, words: string): string {
  return `# ${words}
# Owner: ${namespace}, on call: ${namespace}-oncall@example.com.
# Changes go through review; see the runbook of the team before touching timeouts.
apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:
    app.kubernetes.io/name: ${name}
    app.kubernetes.io/part-of: shop
    app.kubernetes.io/managed-by: kustomize
    team: ${namespace}
  annotations:
    example.com/owner: ${namespace}
    example.com/description: "${words}"
`;
}

function namespaceOf(namespace: string): string {
  return `apiVersion: v1
kind: Namespace
metadata:
  name: ${namespace}
  labels:
    istio-injection: enabled
    # used by network policies
    kubernetes.io/metadata.name: ${namespace}
`;
}

function serviceOf(name: string, namespace: string): string {
  return `${head('v1', 'Service', name, namespace, `What other teams call ${name} by`)}spec:
  type: ClusterIP
  # No headless services here: the mesh balances.
  selector:
    app: ${name}
  ports:
    - name: http
      port: 80
      targetPort: 8080
      protocol: TCP
`;
}

function deploymentOf(name: string, namespace: string, version: string): string {
  const env = ['LOG_LEVEL', 'REGION', 'CACHE_URL', 'QUEUE_URL', 'FEATURES']
    .map((key) => `            - name: ${key}\n              value: "${key.toLowerCase()}-${version}"`)
    .join('\n');
  return `${head('apps/v1', 'Deployment', `${name}-${version}`, namespace, `Pods of ${name} ${version}`)}spec:
  replicas: 2
  selector:
    matchLabels:
      app: ${name}
      version: ${version}
  template:
    metadata:
      labels:
        app: ${name}
        version: ${version}
      annotations:
        sidecar.istio.io/proxyCPU: 100m
        sidecar.istio.io/proxyMemory: 128Mi
    spec:
      serviceAccountName: ${name}
      containers:
        - name: ${name}
          image: registry.example.com/${namespace}/${name}:${version}
          imagePullPolicy: IfNotPresent
          ports:
            - containerPort: 8080
              name: http
          env:
${env}
          resources:
            requests:
              cpu: 100m
              memory: 256Mi
            limits:
              memory: 512Mi
          readinessProbe:
            httpGet:
              path: /ready
              port: 8080
            periodSeconds: 5
`;
}

function virtualServiceOf(name: string, namespace: string, subset: string): string {
  const paths = ['orders', 'carts', 'users']
    .map(
      (path) => `    - name: ${path}
      match:
        - uri:
            prefix: /${path}
          headers:
            x-canary:
              exact: "true"
      route:
        - destination:
            host: ${name}
            port:
              number: 80
            subset: ${subset}
      timeout: 10s # the client gives up after 12
      retries:
        attempts: 2
        perTryTimeout: 3s
        retryOn: connect-failure,refused-stream
`,
    )
    .join('');
  return `${head('networking.istio.io/v1', 'VirtualService', name, namespace, `How requests to ${name} are routed`)}spec:
  hosts:
    - ${name}
    - ${name}.shop.example.com
  gateways:
    - mesh
    - ${namespace}-gateway
  http:
${paths}    - route:
        - destination:
            host: ${name}
            port:
              number: 80
            subset: v1
          weight: 90
        - destination:
            host: ${name}
            port:
              number: 80
            subset: v2
          weight: 10
`;
}

function destinationRuleOf(name: string, namespace: string): string {
  return `${head('networking.istio.io/v1', 'DestinationRule', name, namespace, `Versions of ${name}, and how they are balanced`)}spec:
  host: ${name}.${namespace}.svc.cluster.local
  trafficPolicy:
    connectionPool:
      tcp:
        maxConnections: 200
        connectTimeout: 1s
      http:
        http1MaxPendingRequests: 100
        http2MaxRequests: 500
        maxRequestsPerConnection: 0
        idleTimeout: 300s
    outlierDetection:
      consecutive5xxErrors: 5
      interval: 10s
      baseEjectionTime: 30s
      maxEjectionPercent: 50
    loadBalancer:
      simple: LEAST_REQUEST
  subsets:
    - name: v1
      labels:
        version: v1
    - name: v2
      labels:
        version: v2
      trafficPolicy:
        loadBalancer:
          simple: ROUND_ROBIN
`;
}

function authorizationOf(name: string, namespace: string, caller: string): string {
  return `${head('security.istio.io/v1', 'AuthorizationPolicy', name, namespace, `Who may call ${name}`)}spec:
  selector:
    matchLabels:
      app: ${name}
  action: ALLOW
  rules:
    - from:
        - source:
            principals:
              - cluster.local/ns/${namespace}/sa/${caller}
              - cluster.local/ns/istio-system/sa/istio-ingressgateway
        - source:
            namespaces:
              - ${namespace}
      to:
        - operation:
            methods: [GET, HEAD, POST]
            paths:
              - /orders*
              - /carts*
              - /users*
              - /health
      when:
        - key: request.headers[x-tenant]
          values:
            - blue
            - green
`;
}

function serviceEntryOf(name: string, namespace: string): string {
  return `${head('networking.istio.io/v1', 'ServiceEntry', `${name}-payments`, namespace, `The payment provider that ${name} calls`)}spec:
  hosts:
    - api-${name}.payments.example.com
  exportTo:
    - "."
  location: MESH_EXTERNAL
  resolution: DNS
  ports:
    - number: 443
      name: tls
      protocol: TLS
    - number: 80
      name: http
      protocol: HTTP
      targetPort: 443
  endpoints:
    - address: eu.payments.example.com
      locality: eu-west-1/eu-west-1a
      weight: 3
    - address: us.payments.example.com
      locality: us-east-1/us-east-1b
      weight: 1
`;
}

function telemetryOf(name: string, namespace: string): string {
  return `${head('telemetry.istio.io/v1', 'Telemetry', name, namespace, `What ${name} reports`)}spec:
  selector:
    matchLabels:
      app: ${name}
  tracing:
    - randomSamplingPercentage: 1.5
      customTags:
        tenant:
          header:
            name: x-tenant
            defaultValue: none
  metrics:
    - providers:
        - name: prometheus
      overrides:
        - match:
            metric: REQUEST_COUNT
            mode: CLIENT_AND_SERVER
          tagOverrides:
            request_host:
              operation: REMOVE
`;
}

function requestAuthenticationOf(name: string, namespace: string): string {
  return `${head('security.istio.io/v1', 'RequestAuthentication', name, namespace, `Whose tokens ${name} takes`)}spec:
  selector:
    matchLabels:
      app: ${name}
  jwtRules:
    - issuer: https://login.example.com/
      jwksUri: https://login.example.com/.well-known/jwks.json
      audiences:
        - ${name}
        - shop
      fromHeaders:
        - name: Authorization
          prefix: "Bearer "
      forwardOriginalToken: true
      outputClaimToHeaders:
        - header: x-user
          claim: sub
        - header: x-tenant-claim
          claim: tenant
`;
}

function envoyFilterOf(name: string, namespace: string): string {
  return `${head('networking.istio.io/v1alpha3', 'EnvoyFilter', name, namespace, `A local rate limit for ${name}`)}spec:
  workloadSelector:
    labels:
      app: ${name}
  configPatches:
    - applyTo: HTTP_FILTER
      match:
        context: SIDECAR_INBOUND
        listener:
          filterChain:
            filter:
              name: envoy.filters.network.http_connection_manager
      patch:
        operation: INSERT_FIRST
        value:
          name: envoy.filters.http.local_ratelimit
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit
            stat_prefix: http_local_rate_limiter
            token_bucket:
              max_tokens: 1000
              tokens_per_fill: 1000
              fill_interval: 1s
            filter_enabled:
              runtime_key: local_rate_limit_enabled
              default_value:
                numerator: 100
                denominator: HUNDRED
`;
}

function configMapOf(name: string, namespace: string): string {
  const lines = Array.from({ length: 24 }, (_, i) => `    setting.${i}=value ${i} of ${name}`).join('\n');
  return `${head('v1', 'ConfigMap', `${name}-settings`, namespace, `Settings of ${name}`)}data:
  application.properties: |
    # generated by the deployment
${lines}
  LOG_LEVEL: info
`;
}

function gatewayOf(namespace: string): string {
  const hosts = Array.from({ length: APPS_PER_NAMESPACE }, (_, i) => {
    const app = Number(namespace.slice('team-'.length)) * APPS_PER_NAMESPACE + i;
    return `        - ${namespace}/app-${app}.shop.example.com\n`;
  }).join('');
  return `${head('networking.istio.io/v1', 'Gateway', `${namespace}-gateway`, namespace, `The hosts of ${namespace}`)}spec:
  selector:
    istio: ingressgateway
  servers:
    - port:
        number: 80
        name: http
        protocol: HTTP
      hosts:
${hosts}      tls:
        httpsRedirect: true
    - port:
        number: 443
        name: https
        protocol: HTTPS
      hosts:
${hosts}      tls:
        mode: SIMPLE
        credentialName: ${namespace}-certificate
`;
}

function sidecarOf(namespace: string): string {
  return `${head('networking.istio.io/v1', 'Sidecar', 'default', namespace, `What workloads of ${namespace} may call`)}spec:
  egress:
    - hosts:
        - ./*
        - istio-system/*
  outboundTrafficPolicy:
    mode: REGISTRY_ONLY
`;
}
