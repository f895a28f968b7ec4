import { readFileSync } from 'node:fs';
import { type PortMap } from '@lateen/base';

/**
 * Everything an agent is told: who its workload is, whom to ask, where to listen and which proxy to run.
 * The supervisor writes it as `agent.json`; on Kubernetes the same facts come from the injected environment.
 */
export interface AgentConfig {
  /** `sidecar` beside an app, `router` for a gateway. Spec: Istio node type. */
  readonly role: 'sidecar' | 'router';
  readonly pod: string;
  readonly namespace: string;
  /** The Deployment the pod belongs to. */
  readonly workload: string;
  readonly serviceAccount: string;
  /** The address peers reach this workload at. */
  readonly ip: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly locality?: { readonly region: string; readonly zone?: string; readonly subZone?: string };
  /** Default `Kubernetes`. */
  readonly clusterId: string;
  /** Default `cluster.local`. */
  readonly trustDomain: string;
  readonly controlPlane: {
    /** `HOST:PORT` of xDS and CA over TLS (15012). */
    readonly address: string;
    /** PEM file of the mesh's root certificate, which the control plane's certificate chains to. */
    readonly rootCertFile: string;
    /** File with the workload's token; read anew for every call, since it is renewed in place. */
    readonly tokenFile: string;
  };
  /** Where bootstrap.json and sockets go. */
  readonly runDir: string;
  readonly ports: ProxyPorts;
  readonly interception: Interception;
  readonly proxy: ProxyChoice;
  /** Whom the DNS server asks for names outside the mesh. Default: nobody, such names do not exist. */
  readonly nameservers: readonly string[];
  /** How long open requests get to finish on SIGTERM, in milliseconds. Default 5000. */
  readonly drainMs: number;
}

/** Ports the proxy and its agent listen on. Spec: Istio's ports 15000 to 15090. */
export interface ProxyPorts {
  readonly admin: number;
  readonly outbound: number;
  readonly inbound: number;
  readonly mergedMetrics: number;
  readonly health: number;
  readonly metrics: number;
  /** DNS on 127.0.0.1, UDP and TCP; absent where names are not captured. */
  readonly dns?: number;
}

/** How the app's traffic reaches the proxy. Spec: Istio `interceptionMode`. */
export type Interception =
  | {
      readonly mode: 'REDIRECT';
      /** The proxy dials from here, and the rules let this address through: that is how it escapes capture. */
      readonly sourceAddress?: string;
    }
  | { readonly mode: 'NONE'; readonly portMap: PortMap };

/** The proxy an agent runs: ours in its own process, or an Envoy binary beside it. */
export type ProxyChoice =
  | {
      readonly kind: 'lateen';
      /** Worker processes: 1 (default) serves in the agent's own, 0 is one per core. Spec: Istio `ProxyConfig.concurrency`. */
      readonly concurrency: number;
    }
  | {
      readonly kind: 'envoy';
      readonly binary: string;
      /** Envoy's `--log-level`. Default `warning`. */
      readonly logLevel?: string;
      /** Envoy's worker threads. Default 2, as Istio's. */
      readonly concurrency: number;
    };

/** Reads and checks an `agent.json`. Throws an Error that names the file, the field and what was expected. */
export function readAgentConfig(file: string): AgentConfig {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`Cannot read agent configuration "${file}": ${String(cause)}`, { cause });
  }
  return parseAgentConfig(json, file);
}

/** Checks the value of an `agent.json`; `file` is for messages. */
export function parseAgentConfig(json: unknown, file: string): AgentConfig {
  const top = new Fields(json, file, '');
  const controlPlane = top.object('controlPlane');
  const ports = top.object('ports');
  return {
    role: top.oneOf('role', ['sidecar', 'router']),
    pod: top.string('pod'),
    namespace: top.string('namespace'),
    workload: top.string('workload'),
    serviceAccount: top.string('serviceAccount'),
    ip: top.string('ip'),
    labels: top.strings('labels'),
    annotations: top.strings('annotations'),
    locality: top.has('locality') ? parseLocality(top.object('locality')) : undefined,
    clusterId: top.string('clusterId', 'Kubernetes'),
    trustDomain: top.string('trustDomain', 'cluster.local'),
    controlPlane: {
      address: controlPlane.string('address'),
      rootCertFile: controlPlane.string('rootCertFile'),
      tokenFile: controlPlane.string('tokenFile'),
    },
    runDir: top.string('runDir'),
    ports: {
      admin: ports.port('admin'),
      outbound: ports.port('outbound'),
      inbound: ports.port('inbound'),
      mergedMetrics: ports.port('mergedMetrics'),
      health: ports.port('health'),
      metrics: ports.port('metrics'),
      dns: ports.has('dns') ? ports.port('dns') : undefined,
    },
    interception: parseInterception(top.object('interception')),
    proxy: parseProxy(top.object('proxy')),
    nameservers: top.list('nameservers'),
    drainMs: top.number('drainMs', 5000),
  };
}

/** A region, and what narrows it. */
function parseLocality(fields: Fields): AgentConfig['locality'] {
  return { region: fields.string('region'), zone: fields.string('zone', ''), subZone: fields.string('subZone', '') };
}

/** Capture by the kernel, or a port map. */
function parseInterception(fields: Fields): Interception {
  switch (fields.oneOf('mode', ['REDIRECT', 'NONE'])) {
    case 'REDIRECT':
      return { mode: 'REDIRECT', sourceAddress: fields.has('sourceAddress') ? fields.string('sourceAddress') : undefined };
    case 'NONE':
      return { mode: 'NONE', portMap: parsePortMap(fields.object('portMap')) };
  }
}

/** Every port of a port map, checked one by one. */
function parsePortMap(fields: Fields): PortMap {
  const inbound = fields.object('inbound');
  const ports = (map: Fields): Record<string, number> => Object.fromEntries(map.keys().map((key) => [key, map.port(key)]));
  return {
    inbound: Object.fromEntries(
      inbound.keys().map((key) => [key, { listen: inbound.object(key).port('listen'), app: inbound.object(key).port('app') }]),
    ),
    outbound: ports(fields.object('outbound')),
    httpProxy: fields.has('httpProxy') ? fields.port('httpProxy') : undefined,
    gateway: fields.has('gateway') ? ports(fields.object('gateway')) : undefined,
  };
}

/** Ours, or an Envoy. */
function parseProxy(fields: Fields): ProxyChoice {
  switch (fields.oneOf('kind', ['lateen', 'envoy'])) {
    case 'lateen':
      return { kind: 'lateen', concurrency: fields.number('concurrency', 1) };
    case 'envoy':
      return {
        kind: 'envoy',
        binary: fields.string('binary'),
        logLevel: fields.has('logLevel') ? fields.string('logLevel') : undefined,
        concurrency: fields.number('concurrency', 2),
      };
  }
}

/** Reads fields of a JSON object, saying which file and path is wrong when one is. */
class Fields {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #file: string;
  readonly #path: string;

  constructor(value: unknown, file: string, path: string) {
    this.#file = file;
    this.#path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.#fail('', 'an object', value);
    this.#value = value as Readonly<Record<string, unknown>>;
  }

  has(key: string): boolean {
    return this.#value[key] !== undefined;
  }

  keys(): readonly string[] {
    return Object.keys(this.#value);
  }

  object(key: string): Fields {
    return new Fields(this.#value[key], this.#file, this.#join(key));
  }

  string(key: string, fallback?: string): string {
    const value = this.#value[key] ?? fallback;
    return typeof value === 'string' ? value : this.#fail(key, 'a string', value);
  }

  number(key: string, fallback?: number): number {
    const value = this.#value[key] ?? fallback;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.#fail(key, 'a number', value);
  }

  port(key: string): number {
    const value = this.number(key);
    return Number.isInteger(value) && value >= 1 && value <= 65_535 ? value : this.#fail(key, 'a port from 1 to 65535', value);
  }

  oneOf<const T extends string>(key: string, values: readonly T[]): T {
    const value = this.#value[key];
    return values.find((v) => v === value) ?? this.#fail(key, `one of ${values.join(', ')}`, value);
  }

  strings(key: string): Readonly<Record<string, string>> {
    if (!this.has(key)) return {};
    const map = this.object(key);
    return Object.fromEntries(map.keys().map((k) => [k, map.string(k)]));
  }

  list(key: string): readonly string[] {
    const value = this.#value[key] ?? [];
    return Array.isArray(value) && value.every((v) => typeof v === 'string') ? value : this.#fail(key, 'a list of strings', value);
  }

  #join(key: string): string {
    return [this.#path, key].filter((part) => part !== '').join('.');
  }

  #fail(key: string, expected: string, found: unknown): never {
    throw new Error(
      `Cannot use agent configuration "${this.#file}": ${this.#join(key) || 'the whole file'} must be ${expected}, found ${JSON.stringify(found) ?? 'nothing'}`,
    );
  }
}
