import { type Server } from 'node:net';
import { type Logger } from '@lateen/base';
import { type Listener, type Snapshot, type SocketAddress } from '../config/model';
import { adoptListener, BACKLOG, createListener } from '../net/sockets';
import { type AcceptServices, ListenerRuntime } from './accept';

interface Bound {
  readonly address: SocketAddress;
  readonly server: Server;
  runtime: ListenerRuntime;
}

/**
 * Keeps sockets and listeners in step with snapshots: a new address is bound before an old one is closed, and a
 * listener whose address stays keeps its socket while its configuration is swapped. Spec: Envoy `ListenerManager`.
 */
export class ListenerManager {
  private readonly bound = new Map<string, Bound>();
  private runtimes = new Map<string, ListenerRuntime>();
  private byAddress = new Map<string, ListenerRuntime>();
  private closed = false;
  private readonly adopted: Server[] = [];

  constructor(
    private readonly services: (manager: ListenerManager) => AcceptServices,
    private readonly logger: Logger,
  ) {}

  /** Follows a snapshot. Resolves when new sockets are open; everything else is in effect when it returns. */
  async apply(snapshot: Snapshot): Promise<void> {
    if (this.closed) return;
    const services = this.services(this);
    const runtimes = new Map<string, ListenerRuntime>();
    const byAddress = new Map<string, ListenerRuntime>();
    const replaced: ListenerRuntime[] = [];
    const opening: Promise<void>[] = [];
    for (const [name, config] of snapshot.listeners) {
      const before = this.runtimes.get(name);
      const runtime = before?.config === config ? before : new ListenerRuntime(config, services);
      if (before !== undefined && before !== runtime) replaced.push(before);
      runtimes.set(name, runtime);
      byAddress.set(keyOf(config.address), runtime);
      if (config.bindToPort) opening.push(this.bind(name, config, runtime));
    }
    for (const [name, runtime] of this.runtimes) if (!runtimes.has(name)) replaced.push(runtime);
    this.runtimes = runtimes;
    this.byAddress = byAddress;
    await Promise.all(opening);
    for (const [key, entry] of this.bound) {
      // By what is current now: another snapshot may have come while sockets were opened.
      if (this.runtimes.get(entry.runtime.config.name) === entry.runtime && entry.runtime.config.bindToPort) continue;
      this.bound.delete(key);
      entry.server.close();
    }
    for (const runtime of replaced) runtime.retire(false);
  }

  /** The listener of an original destination: that address, else any address with that port. */
  at({ address, port }: SocketAddress): ListenerRuntime | undefined {
    const exact = this.byAddress.get(keyOf({ address, port }));
    if (exact !== undefined) return exact.config.bindToPort ? undefined : exact;
    const any = this.byAddress.get(keyOf({ address: address.includes(':') ? '::' : '0.0.0.0', port }));
    return any?.config.bindToPort === true ? undefined : any;
  }

  /**
   * Takes connections from a socket that somebody else opened, for whichever listener is bound to `port` when each one
   * comes; without one it is closed. Ends with the other listeners.
   */
  adopt(port: number, server: Server): void {
    this.adopted.push(server);
    adoptListener(server, (transport) => {
      const entry = [...this.bound.values()].find(({ address }) => address.port === port);
      if (entry === undefined) transport.destroy();
      else entry.runtime.accept(transport, port);
    });
  }

  /** Open sockets. With port 0 configured, the port the system gave. */
  *listening(): Iterable<{ readonly name: string; readonly address: SocketAddress }> {
    for (const { runtime, server, address } of this.bound.values()) {
      const actual = server.address();
      yield { name: runtime.config.name, address: actual !== null && typeof actual === 'object' ? { address: address.address, port: actual.port } : address };
    }
  }

  /** Connections open now. */
  get connections(): number {
    return [...this.runtimes.values()].reduce((sum, runtime) => sum + runtime.connections.size, 0);
  }

  /** Stops accepting; connections end with the response under way. */
  drain(inboundOnly: boolean): void {
    for (const [key, { server, runtime }] of this.bound) {
      if (inboundOnly && runtime.config.direction !== 'inbound') continue;
      this.bound.delete(key);
      server.close();
    }
    if (!inboundOnly) for (const server of this.adopted.splice(0)) server.close();
    for (const runtime of this.runtimes.values()) if (!inboundOnly || runtime.config.direction === 'inbound') runtime.retire(true);
  }

  /** Stops for good. */
  close(): void {
    this.closed = true;
    this.drain(false);
  }

  private async bind(name: string, config: Listener, runtime: ListenerRuntime): Promise<void> {
    // Two listeners may not share an address, but one may come as another goes: the socket passes on.
    const key = config.address.port === 0 ? `name ${name}` : keyOf(config.address);
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
        this.logger.error('Cannot open a listener', { listener: name, address: key, error: error.message });
        resolve();
      });
      server.listen({ host: config.address.address, port: config.address.port, backlog: BACKLOG }, resolve);
    });
  }
}

function keyOf({ address, port }: SocketAddress): string {
  return `${address}|${port}`;
}
