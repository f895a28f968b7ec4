import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyAndCsr } from '@lateen/ca/csr';
import { type Clock, type Random } from '@lateen/base';
import { fromBinary, fromJson, type JsonValue } from '@bufbuild/protobuf';
import { TYPE_URL } from '@lateen/xds';
import { AdsClient, type AdsClientTls, ObservationClient } from '@lateen/xds/client';
import { NodeSchema } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import { NameTableSchema } from '@lateen/xds/gen/istio/nds_pb';
import { type AgentConfig } from './agent-config';
import { bootstrapFor, type Json, nodeFor, sockets } from './bootstrap/bootstrap';
import { type ConsoleLogger } from './console-logger';
import { type DnsServer, startDnsServer } from './dns/dns-server';
import { indexNames } from './dns/name-index';
import { startEnvoy } from './envoy/envoy-process';
import { startHealthServer } from './health/health-server';
import { type MetricsSource } from './health/merged-metrics';
import { CONTROL_PLANE_SERVER_NAME, requestCertificate } from './identity/ca-client';
import { IdentityManager } from './identity/identity-manager';
import { startAdsRelay } from './relay/ads-relay';
import { createSecretStore, type SecretStore } from './sds/secret-store';
import { startSdsServer } from './sds/sds-server';

/** A proxy that an agent has started, ours or an Envoy. */
export interface RunningProxy {
  /** Whether it serves: it has its configuration and its listeners are open. */
  ready(): boolean | Promise<boolean>;
  /** Takes connections for its listener on `port` from a socket that a parent process opened; absent where it cannot. */
  adopt?(port: number, socket: object): void;
  /** Takes no new work, lets what is open finish for `drainMs`, ends. */
  stop(drainMs: number): Promise<void>;
  /** Resolves when it ended by itself, with why; never for a proxy in this process. */
  readonly exited?: Promise<string>;
}

/** What a proxy in this process starts from. */
export interface ProxyContext {
  /** An Envoy bootstrap. */
  readonly bootstrap: { readonly [key: string]: Json };
  /** Connected once the proxy has subscribed: it starts the client. */
  readonly ads: AdsClient;
  readonly secrets: SecretStore;
  /** Where to tell what is observed; started and stopped by the proxy. */
  readonly observations: ObservationClient;
  readonly logger: ConsoleLogger;
  /** Worker processes: 1 is this one, 0 one per core. */
  readonly concurrency: number;
}

/** What an agent needs handed in. */
export interface AgentOptions {
  /** Starts our own proxy. */
  readonly startProxy: (context: ProxyContext) => Promise<RunningProxy>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: ConsoleLogger;
  /** Ends waiting for the first certificate. */
  readonly signal: AbortSignal;
}

/** An agent with its proxy, running. */
export interface RunningAgent {
  readonly proxy: RunningProxy;
  /** Drains and ends the proxy, then everything of the agent's own. */
  stop(): Promise<void>;
}

/** What a workload asks for; the authority may give less. Spec: Istio SECRET_TTL. */
const CERTIFICATE_SECONDS = 86_400;

/**
 * Runs one proxy's agent: certificate first, then names, configuration, the proxy, and last the health port, so that
 * whoever waits for health finds everything there.
 */
export async function runAgent(config: AgentConfig, options: AgentOptions): Promise<RunningAgent> {
  const { logger } = options;
  const host = config.interception.mode === 'REDIRECT' ? '0.0.0.0' : '127.0.0.1';
  const stops: (() => void | Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  mkdirSync(config.runDir, { recursive: true, mode: 0o700 });
  try {
    const identity = new IdentityManager({
      createKeyAndCsr,
      sign: (csrPem) => requestCertificate(config.controlPlane, csrPem, CERTIFICATE_SECONDS),
      clock: options.clock,
      random: options.random,
      logger,
    });
    stops.push(() => identity.stop());
    await identity.start(options.signal);
    const secrets = createSecretStore(identity, logger, options.clock);

    const ads = createAdsClient(config, identity, options);
    stops.push(() => ads.stop());
    if (config.ports.dns !== undefined) {
      const dns = await startDnsServer({ port: config.ports.dns, nameservers: config.nameservers, logger });
      stops.push(() => dns.stop());
      followNames(ads, dns, config.namespace);
    }

    const bootstrap = bootstrapFor(config);
    writeFileSync(join(config.runDir, 'bootstrap.json'), `${JSON.stringify(bootstrap, undefined, 2)}\n`);
    const proxy =
      config.proxy.kind === 'lateen'
        ? await options.startProxy({
            bootstrap,
            ads,
            secrets,
            observations: createObservationClient(config, identity, options),
            logger,
            concurrency: config.proxy.concurrency,
          })
        : await startEnvoyProxy(config, config.proxy, secrets, options, stops);
    // Whoever subscribed has done so by now.
    if (config.proxy.kind === 'envoy' && config.ports.dns !== undefined) ads.start();

    const startedAt = options.clock.now();
    const health = await startHealthServer({
      host,
      healthPort: config.ports.health,
      mergedMetricsPort: config.ports.mergedMetrics,
      notReady: async () => ((await proxy.ready()) ? undefined : 'the proxy has no configuration yet'),
      metricsSources: metricsSources(config),
      ownMetrics: () => agentMetrics(identity, startedAt, options.clock.now()),
      logger,
    });
    stops.push(() => health.stop());
    return {
      proxy,
      stop: async () => {
        await proxy.stop(config.drainMs);
        await stopAll();
      },
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** ADS over TLS with the workload's own certificate, and its token while that is what it has. */
function createAdsClient(config: AgentConfig, identity: IdentityManager, options: AgentOptions): AdsClient {
  return new AdsClient({
    target: config.controlPlane.address,
    tls: controlPlaneTls(config, identity),
    node: fromJson(NodeSchema, nodeFor(config) as JsonValue),
    clock: options.clock,
    random: options.random,
    logger: options.logger,
  });
}

/** The observation stream, beside ADS and as the same workload. */
function createObservationClient(config: AgentConfig, identity: IdentityManager, options: AgentOptions): ObservationClient {
  return new ObservationClient({ ...options, target: config.controlPlane.address, tls: controlPlaneTls(config, identity) });
}

function controlPlaneTls({ controlPlane }: AgentConfig, identity: IdentityManager): AdsClientTls {
  return {
    rootCertPem: () => identity.current?.rootCertPem ?? readFileSync(controlPlane.rootCertFile, 'utf8'),
    serverName: CONTROL_PLANE_SERVER_NAME,
    identity: () => identity.current,
    token: () => readFileSync(controlPlane.tokenFile, 'utf8'),
  };
}

/** Keeps the DNS server's names as the control plane says them. */
function followNames(ads: AdsClient, dns: DnsServer, namespace: string): void {
  ads.subscribe(TYPE_URL.NDS, '*', ({ changed }) => {
    for (const { any } of changed) dns.use(indexNames(fromBinary(NameTableSchema, any.value), namespace));
  });
}

/** An Envoy with the sockets it needs: secrets, and its way to the control plane. */
async function startEnvoyProxy(
  config: AgentConfig,
  choice: Extract<AgentConfig['proxy'], { kind: 'envoy' }>,
  secrets: SecretStore,
  { logger }: AgentOptions,
  stops: (() => void | Promise<void>)[],
): Promise<RunningProxy> {
  const sds = await startSdsServer(sockets.sds(config.runDir), secrets, logger);
  stops.push(() => sds.stop());
  const relay = await startAdsRelay({
    socketPath: sockets.xds(config.runDir),
    upstreamAddress: config.controlPlane.address,
    rootCertFile: config.controlPlane.rootCertFile,
    tokenFile: config.controlPlane.tokenFile,
    serverName: CONTROL_PLANE_SERVER_NAME,
    logger,
  });
  stops.push(() => relay.stop());
  const envoy = startEnvoy({
    binary: choice.binary,
    bootstrapFile: join(config.runDir, 'bootstrap.json'),
    adminPort: config.ports.admin,
    outputPipe: join(config.runDir, 'envoy.out'),
    instance: `${config.namespace}/${config.pod}`,
    logLevel: choice.logLevel,
    concurrency: choice.concurrency,
    logger,
  });
  return {
    ready: () => envoy.ready(),
    stop: (drainMs) => envoy.stop(drainMs),
    exited: envoy.exited.then((status) => `Envoy ended with ${status}`),
  };
}

/** An app's metrics beyond are cut off: without an end, they would cost the proxy's as well. */
const MAX_APP_METRICS_BYTES = 64 * 1024 * 1024;

/** The proxy's metrics, and the app's where its annotations ask for scraping. Spec: Istio prometheus merging. */
function metricsSources(config: AgentConfig): readonly MetricsSource[] {
  const proxy = { name: 'envoy', host: '127.0.0.1', port: config.ports.admin, path: '/stats/prometheus' };
  const { annotations } = config;
  const port = Number(annotations['prometheus.io/port'] ?? '80');
  const merges = annotations['prometheus.istio.io/merge-metrics'] !== 'false';
  if (!merges || annotations['prometheus.io/scrape'] !== 'true' || !Number.isInteger(port)) return [proxy];
  return [
    proxy,
    {
      name: 'application',
      host: '127.0.0.1',
      port: appPort(config, port),
      path: annotations['prometheus.io/path'] ?? '/metrics',
      maxBytes: MAX_APP_METRICS_BYTES,
    },
  ];
}

/** Where the app really listens for one of its ports. */
function appPort({ interception }: AgentConfig, containerPort: number): number {
  return interception.mode === 'NONE' ? (interception.portMap.inbound[String(containerPort)]?.app ?? containerPort) : containerPort;
}

function agentMetrics(identity: IdentityManager, startedAtMs: number, nowMs: number): string {
  return [
    '# HELP istio_agent_cert_expiry_seconds Seconds until the workload certificate expires.',
    '# TYPE istio_agent_cert_expiry_seconds gauge',
    `istio_agent_cert_expiry_seconds{resource_name="default"} ${Math.round(((identity.current?.notAfterMs ?? 0) - nowMs) / 1000)}`,
    '# HELP istio_agent_process_start_time_seconds Unix time at which the agent started.',
    '# TYPE istio_agent_process_start_time_seconds gauge',
    `istio_agent_process_start_time_seconds ${Math.round(startedAtMs / 1000)}`,
    '',
  ].join('\n');
}
