import { type Server } from 'node:net';
import { type Clock, type Logger, type Random } from '@lateen/base';
import { destinationListener, type Listener, type Snapshot, type SocketAddress } from '@lateen/proxy-config';
import { BACKLOG, createListener } from '../net/sockets';
import { type AcceptServices, ListenerRuntime } from './accept';
import { DEFAULT_DRAIN, type DrainRequest, type DrainSettings } from './drain';
import { Drains } from './drains';
import { createListenerStats, type ListenerStats } from './listener-stats';

interface Bound {
  readonly address: SocketAddress;
  readonly server: Server;
  runtime: ListenerRuntime;
}

/** A listener whose address could not be opened; tried again until it can, or nobody wants it. */
export interface Unbound {
  readonly name: string;
  readonly address: SocketAddress;
  /** What the system said last. */
  readonly error: string;
  readonly attempts: number;
}

/** What a listener manager is handed besides what accepting needs. */
export interface ListenerManagerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Default: as Istio has it. */
  readonly drain?: DrainSettings;
}

/** Between tries to open an address: doubled from the first to the last, in milliseconds. */
const RETRY_MS = { first: 100, most: 5000 } as const;

/**
 * Keeps sockets and listeners in step with snapshots: a new address is bound before an old one is closed, and a
 * listener whose address stays keeps its socket while its configuration is swapped. Spec: Envoy `ListenerManager`.
 */
export class ListenerManager {
  private readonly bound = new Map<string, Bound>();
  private runtimes = new Map<string, ListenerRuntime>();
  private byAddress = new Map<string, ListenerRuntime>();
  private closed = false;
  private readonly unbound = new Map<string, Unbound & { readonly cancel: () => void }>();
  /** By `ADDRESS_PORT`; they outlive configurations. */
  private readonly stats = new Map<string, ListenerStats>();
  private bindFailures = 0;
  /** Replaced or removed, with connections still open. */
  private readonly old = new Set<ListenerRuntime>();
  /** Handed over by a parent process; a socket listens from when its port has a listener. */
  private readonly drains: Drains;
  private readonly adopted: { readonly port: number; readonly socket: object; server?: Server }[] = [];

  constructor(
    private readonly services: (manager: ListenerManager) => AcceptServices,
    private readonly logger: Logger,
    { clock, random, drain = DEFAULT_DRAIN }: ListenerManagerOptions,
  ) {
    this.drains = new Drains(
      drain,
      { clock, random },
      {
        begin: () => this.each((runtime) => this.tellOfDrain(runtime)),
        endShare: (of, share) => this.each((runtime) => runtime.endShare(of, share)),
        closePorts: () => this.closePorts(),
      },
    );
  }

  /** Follows a snapshot. Resolves when new sockets are open; everything else is in effect when it returns. */
  async apply(snapshot: Snapshot): Promise<void> {
    if (this.closed) return;
    for (const runtime of this.old) if (runtime.connections.size === 0) this.old.delete(runtime);
    const services = this.services(this);
    const runtimes = new Map<string, ListenerRuntime>();
    const byAddress = new Map<string, ListenerRuntime>();
    const replaced: ListenerRuntime[] = [];
    const opening: Promise<void>[] = [];
    for (const [name, config] of snapshot.listeners) {
      const before = this.runtimes.get(name);
      const runtime = before?.config === config ? before : new ListenerRuntime(config, services, this.statsOf(config));
      if (before !== undefined && before !== runtime) replaced.push(before);
      if (before !== runtime) this.tellOfDrain(runtime);
      runtimes.set(name, runtime);
      byAddress.set(keyOf(config.address), runtime);
      if (config.bindToPort && !this.drains.hasClosed(config)) opening.push(this.bind(name, config, runtime));
    }
    for (const [name, runtime] of this.runtimes) if (!runtimes.has(name)) replaced.push(runtime);
    this.runtimes = runtimes;
    this.byAddress = byAddress;
    await Promise.all(opening);
    this.openAdopted();
    for (const [key, entry] of this.bound) {
      // By what is current now: another snapshot may have come while sockets were opened.
      if (this.runtimes.get(entry.runtime.config.name) === entry.runtime && entry.runtime.config.bindToPort) continue;
      this.bound.delete(key);
      entry.server.close();
    }
    for (const runtime of replaced) {
      runtime.retire(false);
      this.old.add(runtime);
    }
    for (const [key, { name }] of this.unbound) if (this.wanted(name, key) === undefined) this.forgetUnbound(key);
  }

  /** The listener of an original destination: that address, else any address with that port. */
  at(destination: SocketAddress): ListenerRuntime | undefined {
    return destinationListener(destination, (address) => this.byAddress.get(keyOf(address)));
  }

  /**
   * Takes connections from a bound socket's native handle that somebody else opened, for whichever listener is bound to
   * `port` when each one comes; without one it is closed. What comes before there is any such listener waits in the
   * kernel's queue. Ends with the other listeners.
   */
  adopt(port: number, socket: object): void {
    this.adopted.push({ port, socket });
    this.openAdopted();
  }

  /** Open sockets. With port 0 configured, the port the system gave. */
  *listening(): Iterable<{ readonly name: string; readonly address: SocketAddress }> {
    for (const { runtime, server, address } of this.bound.values()) {
      const actual = server.address();
      yield {
        name: runtime.config.name,
        address: actual !== null && typeof actual === 'object' ? { address: address.address, port: actual.port } : address,
      };
    }
  }

  /** Listeners whose address could not be opened yet. */
  failing(): readonly Unbound[] {
    return [...this.unbound.values()].map(({ name, address, error, attempts }) => ({ name, address, error, attempts }));
  }

  /** Counters by Envoy's names. */
  *counters(): Iterable<readonly [name: string, value: number]> {
    yield ['listener_manager.listener_create_failure', this.bindFailures];
    const shared = new Map<string, number>();
    for (const [key, stats] of this.stats)
      for (const [name, value] of Object.entries(stats) as [string, number][]) {
        if (OF_ALL.test(name)) shared.set(name, (shared.get(name) ?? 0) + value);
        else yield [`listener.${key}.${name}`, value];
      }
    yield* shared;
  }

  /** Connections open now. */
  get connections(): number {
    for (const runtime of this.old) if (runtime.connections.size === 0) this.old.delete(runtime);
    return [...this.runtimes.values(), ...this.old].reduce((sum, runtime) => sum + runtime.connections.size, 0);
  }

  /** Brings connections to their end over the drain time, and closes ports at its end or at once. Spec: Envoy `/drain_listeners`. */
  drain(request: DrainRequest): void {
    this.drains.begin(request);
  }

  /** Closes all ports and idle connections; others end with the response under way. */
  stopAccepting(): void {
    this.drains.closeAll();
    for (const { server } of this.adopted.splice(0)) server?.close();
    this.each((runtime) => runtime.retire(true));
  }

  /** Stops for good; connections that are still open are closed. */
  close(): void {
    this.closed = true;
    for (const key of [...this.unbound.keys()]) this.forgetUnbound(key);
    this.drains.stop();
    this.stopAccepting();
    this.each((runtime) => runtime.close());
  }

  private each(visit: (runtime: ListenerRuntime) => void): void {
    for (const runtime of [...this.runtimes.values(), ...this.old]) visit(runtime);
  }

  private tellOfDrain(runtime: ListenerRuntime): void {
    const drain = this.drains.of(runtime.config);
    if (drain !== undefined) runtime.startDrain(drain);
  }

  private closePorts(): void {
    for (const [key, { server, runtime, address }] of this.bound) {
      if (!this.drains.hasClosed(runtime.config)) continue;
      this.bound.delete(key);
      server.close();
      for (const entry of this.adopted) if (entry.port === address.port) entry.server?.close();
    }
  }

  private async bind(name: string, config: Listener, runtime: ListenerRuntime): Promise<void> {
    // Two listeners may not share an address, but one may come as another goes: the socket passes on.
    const key = bindKey(config);
    const existing = this.bound.get(key);
    if (existing !== undefined) {
      existing.runtime = runtime;
      return;
    }
    const server = createListener((transport) => entry.runtime.accept(transport));
    const entry: Bound = { address: config.address, server, runtime };
    this.bound.set(key, entry);
    await new Promise<void>((resolve) => {
      server.once('error', (error) => {
        this.bound.delete(key);
        this.bindFailed(name, config, error);
        resolve();
      });
      server.listen({ host: config.address.address, port: config.address.port, backlog: BACKLOG }, () => {
        if (this.unbound.has(key)) this.logger.info('Opened a listener at last', { listener: name, address: key });
        this.forgetUnbound(key);
        resolve();
      });
    });
  }

  private openAdopted(): void {
    const boundTo = (port: number): Bound | undefined => [...this.bound.values()].find(({ address }) => address.port === port);
    for (const entry of this.adopted) {
      if (entry.server !== undefined || boundTo(entry.port) === undefined) continue;
      entry.server = createListener((transport) => {
        const owner = boundTo(entry.port);
        if (owner === undefined) transport.destroy();
        else owner.runtime.accept(transport, entry.port);
      });
      entry.server.on('error', (error) =>
        this.logger.error('Cannot take a listening socket handed over', { port: entry.port, error: error.message }),
      );
      entry.server.listen(entry.socket);
    }
  }

  private bindFailed(name: string, config: Listener, error: Error): void {
    const key = bindKey(config);
    const attempts = (this.unbound.get(key)?.attempts ?? 0) + 1;
    this.forgetUnbound(key);
    this.bindFailures++;
    if (this.closed) return;
    const delayMs = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** (attempts - 1));
    this.logger.error('Cannot open a listener', { listener: name, address: key, error: error.message, retryMs: delayMs });
    const cancel = this.services(this).http.clock.after(delayMs, () => {
      const runtime = this.wanted(name, key);
      if (runtime === undefined) this.unbound.delete(key);
      else void this.bind(name, runtime.config, runtime);
    });
    this.unbound.set(key, { name, address: config.address, error: error.message, attempts, cancel });
  }

  /** The listener that still wants an address, or undefined. */
  private wanted(name: string, key: string): ListenerRuntime | undefined {
    const runtime = this.runtimes.get(name);
    if (runtime?.config.bindToPort !== true || this.drains.hasClosed(runtime.config)) return undefined;
    return bindKey(runtime.config) === key ? runtime : undefined;
  }

  private forgetUnbound(key: string): void {
    this.unbound.get(key)?.cancel();
    this.unbound.delete(key);
  }

  private statsOf({ address, statPrefix }: Listener): ListenerStats {
    const key = statPrefix ?? `${address.address.includes(':') ? `[${address.address}]` : address.address}_${address.port}`;
    let stats = this.stats.get(key);
    if (stats === undefined) this.stats.set(key, (stats = createListenerStats()));
    return stats;
  }
}

/** Counters that are kept together for all listeners. */
const OF_ALL = /^(proxy_proto|tls_inspector|http_inspector)\.|^downstream_cx_proxy_proto_error$/;

function bindKey({ name, address }: Listener): string {
  return address.port === 0 ? `name ${name}` : keyOf(address);
}

function keyOf({ address, port }: SocketAddress): string {
  return `${address}|${port}`;
}
