import { Controller, Get, Header, Inject, type MessageEvent, NotFoundException, Param, Sse, UseGuards } from '@nestjs/common';
import { Observable } from 'rxjs';
import { PUSH_ORDER, typeName } from '@lateen/xds';
import { type ConnectedClient } from '@lateen/xds/server';
import { type ControlPlane } from '../control-plane';
import { parseNodeId } from '../push/proxy-of-node';
import { proxyName } from '../push/sync-tracker';
import { AdminGuard } from './admin-guard';
import { CONTROL_PLANE } from './tokens';

/** Connected proxies: how they stand, what they were sent, what happens. */
@Controller('api/v1')
@UseGuards(AdminGuard)
export class ProxiesController {
  readonly #controlPlane: ControlPlane;

  constructor(@Inject(CONTROL_PLANE) controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane;
  }

  @Get('version')
  version(): object {
    return this.#controlPlane.version;
  }

  @Get('proxies')
  proxies(): readonly object[] {
    return this.#controlPlane.ads.clients().map(describe);
  }

  @Get('proxies/:namespace/:pod/config_dump')
  @Header('cache-control', 'no-store')
  async dump(@Param('namespace') namespace: string, @Param('pod') pod: string): Promise<object> {
    // A proxy that reconnected may have left a stream behind that has not ended: the newest counts.
    const client = this.#controlPlane.ads.clients().findLast(({ state }) => proxyName(state.client) === `${pod}.${namespace}`);
    if (client === undefined) throw new NotFoundException({ message: `Cannot find proxy "${pod}.${namespace}": it is not connected` });
    // Loaded on first use: every message type there is would cost each start a tenth of a second.
    const { configDump } = await import('./config-dump');
    return await configDump(client);
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    return new Observable((subscriber) => this.#controlPlane.subscribe((event) => subscriber.next({ type: event.type, data: event })));
  }
}

function describe({ state }: ConnectedClient): object {
  const { client, types } = state;
  const name = parseNodeId(client.node.id);
  const metadata = client.node.metadata ?? {};
  const known = [...new Set([...PUSH_ORDER, ...types.keys()])];
  return {
    id: proxyName(client),
    node: client.node.id,
    workload: metadata['WORKLOAD_NAME'] ?? name?.pod,
    namespace: name?.namespace,
    kind: name?.type,
    version: metadata['ISTIO_VERSION'],
    protocol: client.protocol,
    authenticated: client.caller.via,
    connectedAt: new Date(client.connectedAtMs).toISOString(),
    types: Object.fromEntries(
      known.map((typeUrl) => {
        const { sentAtMs, ackedAtMs, ...rest } = types.get(typeUrl) ?? { state: 'NOT SENT' as const };
        return [typeName(typeUrl), { ...rest, sentAt: time(sentAtMs), ackedAt: time(ackedAtMs) }];
      }),
    ),
  };
}

function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
