import { beforeEach, describe, expect, it } from '@jest/globals';
import { create, fromBinary } from '@bufbuild/protobuf';
import { PausedClock } from '@lateen/base/testing';
import { NodeSchema } from '../gen/envoy/config/core/v3/base_pb';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
  type DiscoveryRequest,
  DiscoveryRequestSchema,
  type DiscoveryResponse,
  DiscoveryResponseSchema,
  ResourceSchema,
} from '../gen/envoy/service/discovery/v3/discovery_pb';
import { viewOf } from '../testing';
import { PackedResource } from '../wire/packed-resource';
import { TYPE_URL, typeName } from '../wire/type-urls';
import { Connection } from './connection';
import { type XdsEvent } from './events';

const { CDS, EDS, LDS, RDS, SDS, VHDS } = TYPE_URL;

/** A resource whose content is a word; `dependencies` are its endpoints or routes. */
function res(
  typeUrl: string,
  name: string,
  content = 'v1',
  options: { dependencies?: readonly string[]; ttlMs?: number } = {},
): PackedResource {
  return new PackedResource(name, typeUrl, Buffer.from(content), options.ttlMs, options.dependencies);
}

/** One stream without a network: requests in, decoded responses out. */
class Peer {
  readonly clock = new PausedClock();
  readonly events: XdsEvent[] = [];
  readonly responses: (DeltaDiscoveryResponse | DiscoveryResponse)[] = [];
  readonly connection: Connection;
  #taken = 0;
  #generation = 0;

  constructor(
    readonly protocol: 'delta' | 'sotw',
    resources: readonly PackedResource[],
    clientFeatures: string[] = [],
  ) {
    const client = {
      streamId: 's1',
      node: create(NodeSchema, { id: 'n', clientFeatures }),
      caller: { via: 'none' as const },
      protocol,
      connectedAtMs: 0,
    };
    this.connection = new Connection(
      {
        client,
        clock: this.clock,
        emit: (event) => this.events.push(event),
        write: (bytes) =>
          this.responses.push(
            protocol === 'delta' ? fromBinary(DeltaDiscoveryResponseSchema, bytes) : fromBinary(DiscoveryResponseSchema, bytes),
          ),
      },
      viewOf(resources, 0),
    );
  }

  set(...resources: readonly PackedResource[]): void {
    this.connection.update(viewOf(resources, ++this.#generation));
  }

  /** A delta request. */
  delta(
    typeUrl: string,
    request: Partial<
      Pick<DeltaDiscoveryRequest, 'resourceNamesSubscribe' | 'resourceNamesUnsubscribe' | 'initialResourceVersions' | 'responseNonce'>
    > = {},
    error?: string,
  ): void {
    this.connection.receiveDelta(
      create(DeltaDiscoveryRequestSchema, {
        typeUrl,
        ...request,
        ...(error === undefined ? {} : { errorDetail: { code: 3, message: error } }),
      }),
    );
  }

  /** A state-of-the-world request. */
  sotw(
    typeUrl: string,
    request: Partial<Pick<DiscoveryRequest, 'resourceNames' | 'versionInfo' | 'responseNonce'>> = {},
    error?: string,
  ): void {
    this.connection.receiveSotw(
      create(DiscoveryRequestSchema, { typeUrl, ...request, ...(error === undefined ? {} : { errorDetail: { code: 3, message: error } }) }),
    );
  }

  /** The responses since the last call, as `CDS +a +b -c`. */
  take(): readonly string[] {
    const fresh = this.responses.slice(this.#taken);
    this.#taken = this.responses.length;
    return fresh.map((r) => [typeName(r.typeUrl), ...names(r)].join(' '));
  }

  last(): DeltaDiscoveryResponse | DiscoveryResponse {
    const response = this.responses.at(-1);
    if (response === undefined) throw new Error('no response');
    return response;
  }

  /** Answers the newest response of every type named, in order, until nothing new comes. */
  settle(sotwNames: Readonly<Record<string, readonly string[]>> = {}): void {
    for (let answered = -1; answered !== this.responses.length;) {
      answered = this.responses.length;
      for (const state of new Map(this.responses.map((r) => [r.typeUrl, r])).values()) {
        if (this.connection.syncState.types.get(state.typeUrl)?.state !== 'STALE') continue;
        if (this.protocol === 'delta') this.delta(state.typeUrl, { responseNonce: state.nonce });
        else this.sotw(state.typeUrl, { responseNonce: state.nonce, resourceNames: [...(sotwNames[state.typeUrl] ?? [])] });
      }
    }
  }
}

function names(response: DeltaDiscoveryResponse | DiscoveryResponse): readonly string[] {
  if (response.$typeName === 'envoy.service.discovery.v3.DiscoveryResponse')
    return response.resources.map((any) => `+${Buffer.from(any.value).toString()}`);
  return [...response.resources.map((r) => `+${r.name}`), ...response.removedResources.map((name) => `-${name}`)];
}

let peer: Peer;

describe('the rules of xDS', () => {
  beforeEach(() => {
    peer = new Peer('delta', [res(CDS, 'a')]);
  });

  it('1: error_detail makes a NACK, whatever the version says', () => {
    peer = new Peer('sotw', [res(CDS, 'a')]);
    peer.sotw(CDS);
    peer.sotw(CDS, { responseNonce: peer.last().nonce, versionInfo: (peer.last() as DiscoveryResponse).versionInfo }, 'a: no');
    expect(peer.connection.syncState.types.get(CDS)).toMatchObject({ state: 'NACK', message: 'a: no' });
    const ack = new Peer('sotw', [res(CDS, 'a')]);
    ack.sotw(CDS);
    ack.sotw(CDS, { responseNonce: ack.last().nonce, versionInfo: 'something else' });
    expect(ack.connection.syncState.types.get(CDS)?.state).toBe('SYNCED');
  });

  it('2: nonces are unique on a stream and have nothing to do with versions', () => {
    peer.delta(CDS);
    peer.settle();
    peer.set(res(CDS, 'a', 'v2'));
    peer.settle();
    peer.set(res(CDS, 'a'));
    peer.settle();
    expect(peer.responses).toHaveLength(3);
    expect(new Set(peer.responses.map((r) => r.nonce)).size).toBe(3);
  });

  it('3: a stale nonce is no answer, but the names it carries are taken', () => {
    peer = new Peer('sotw', [res(EDS, 'a', 'a'), res(EDS, 'b', 'b')]);
    peer.sotw(EDS, { resourceNames: ['a'] });
    peer.sotw(EDS, { resourceNames: ['a', 'b'], responseNonce: 'old' });
    expect(peer.take()).toEqual(['EDS +a']);
    expect(peer.events.some((e) => e.kind === 'stale_nonce')).toBe(true);
    peer.sotw(EDS, { resourceNames: ['a', 'b'], responseNonce: peer.last().nonce });
    expect(peer.take()).toEqual(['EDS +b']);
  });

  it('3: a client that lost its nonce on a living stream starts that type anew', () => {
    peer = new Peer('sotw', [res(EDS, 'a', 'a')]);
    peer.sotw(EDS, { resourceNames: ['a'] });
    peer.sotw(EDS, { resourceNames: ['a'] });
    expect(peer.take()).toEqual(['EDS +a', 'EDS +a']);
  });

  it.each(['delta', 'sotw'] as const)('4: an ACK is not answered (%s)', (protocol) => {
    peer = new Peer(protocol, [res(CDS, 'a')]);
    if (protocol === 'delta') peer.delta(CDS);
    else peer.sotw(CDS);
    peer.settle();
    expect(peer.responses).toHaveLength(1);
  });

  it('5: state-of-the-world clusters are complete, and missing means deleted; endpoints are sent alone', () => {
    peer = new Peer('sotw', [res(CDS, 'a', 'ca'), res(CDS, 'b', 'cb'), res(EDS, 'a', 'ea'), res(EDS, 'b', 'eb')]);
    peer.sotw(CDS);
    peer.sotw(EDS, { resourceNames: ['a', 'b'] });
    peer.settle({ [EDS]: ['a', 'b'] });
    peer.take();
    peer.set(res(CDS, 'a', 'ca2'), res(CDS, 'b', 'cb'), res(EDS, 'a', 'ea'), res(EDS, 'b', 'eb2'));
    expect(peer.take()).toEqual(['CDS +ca2 +cb', 'EDS +eb2']);
    peer.settle({ [EDS]: ['a', 'b'] });
    peer.set(res(CDS, 'b', 'cb'), res(EDS, 'b', 'eb2'));
    expect(peer.take()).toEqual(['CDS +cb']);
    peer.settle({ [EDS]: ['a', 'b'] });
    peer.set();
    expect(peer.take()).toEqual(['CDS']);
  });

  const wildcards: readonly { name: string; requests: readonly (readonly string[])[]; want: readonly string[] }[] = [
    { name: 'an empty first request asks for everything', requests: [[]], want: ['CDS +a +b'] },
    { name: 'names replace the wildcard', requests: [[], ['b']], want: ['CDS +a +b', 'CDS +b'] },
    { name: 'after names, empty asks for nothing', requests: [['a'], []], want: ['CDS +a'] },
    { name: '* may stand among names', requests: [['a'], ['a', '*']], want: ['CDS +a', 'CDS +a +b'] },
  ];
  it.each(wildcards)('6: $name (sotw)', ({ requests, want }) => {
    peer = new Peer('sotw', [res(CDS, 'a', 'a'), res(CDS, 'b', 'b')]);
    for (const resourceNames of requests)
      peer.sotw(CDS, { resourceNames: [...resourceNames], responseNonce: peer.responses.at(-1)?.nonce ?? '' });
    expect(peer.take()).toEqual(want);
  });

  it('6: delta names beside a wildcard keep it, and unsubscribing from * ends it', () => {
    peer = new Peer('delta', [res(CDS, 'a'), res(CDS, 'b')]);
    peer.delta(CDS);
    peer.settle();
    peer.delta(CDS, { resourceNamesSubscribe: ['b'] });
    peer.settle();
    peer.delta(CDS, { resourceNamesUnsubscribe: ['*'] });
    peer.set(res(CDS, 'a', 'v2'), res(CDS, 'b', 'v2'));
    expect(peer.take()).toEqual(['CDS +a +b', 'CDS +b', 'CDS +b']);
  });

  it('6: a delta first request with names is no wildcard', () => {
    peer = new Peer('delta', [res(CDS, 'a'), res(CDS, 'b')]);
    peer.delta(CDS, { resourceNamesSubscribe: ['b'] });
    peer.settle();
    peer.delta(CDS, { resourceNamesUnsubscribe: ['b'] });
    peer.set(res(CDS, 'a', 'v2'), res(CDS, 'b', 'v2'));
    expect(peer.take()).toEqual(['CDS +b']);
  });

  it('7: a name asked for again is sent again, changed or not', () => {
    peer = new Peer('delta', [res(EDS, 'a')]);
    peer.delta(EDS, { resourceNamesSubscribe: ['a'] });
    peer.settle();
    peer.delta(EDS, { resourceNamesSubscribe: ['a'] });
    expect(peer.take()).toEqual(['EDS +a', 'EDS +a']);
  });

  it.each(['delta', 'sotw'] as const)(
    '8: a name that does not exist is remembered, not called removed, and sent when it appears (%s)',
    (protocol) => {
      peer = new Peer(protocol, []);
      if (protocol === 'delta') peer.delta(EDS, { resourceNamesSubscribe: ['a'] });
      else peer.sotw(EDS, { resourceNames: ['a'] });
      expect(peer.take()).toEqual([]);
      peer.set(res(EDS, 'a', 'a'));
      expect(peer.take()).toEqual(['EDS +a']);
    },
  );

  it('9: a subscription that was answered at once goes on being watched', () => {
    peer.delta(CDS);
    peer.settle();
    peer.set(res(CDS, 'a', 'v2'));
    expect(peer.take()).toEqual(['CDS +a', 'CDS +a']);
  });

  it('10: a changed cluster gets its endpoints again, a changed listener its routes', () => {
    const cluster = (content: string): PackedResource => res(CDS, 'a', content, { dependencies: ['ep'] });
    const listener = (content: string): PackedResource => res(LDS, 'l', content, { dependencies: ['r'] });
    const rest = [res(EDS, 'ep'), res(RDS, 'r')];
    peer = new Peer('delta', [cluster('v1'), listener('v1'), ...rest]);
    peer.delta(CDS);
    peer.delta(EDS, { resourceNamesSubscribe: ['ep'] });
    peer.delta(LDS);
    peer.delta(RDS, { resourceNamesSubscribe: ['r'] });
    peer.settle();
    peer.take();
    peer.set(cluster('v2'), listener('v1'), ...rest);
    peer.settle();
    expect(peer.take()).toEqual(['CDS +a', 'EDS +ep']);
    peer.set(cluster('v2'), listener('v2'), ...rest);
    peer.settle();
    expect(peer.take()).toEqual(['LDS +l', 'RDS +r']);
  });

  it('10: also when the client asks for the endpoints after the cluster on a new stream', () => {
    peer = new Peer('delta', [res(CDS, 'a', 'new', { dependencies: ['ep'] }), res(EDS, 'ep')]);
    peer.delta(CDS, { initialResourceVersions: { a: 'old' } });
    peer.delta(EDS, { resourceNamesSubscribe: ['ep'], initialResourceVersions: { ep: res(EDS, 'ep').version } });
    expect(peer.take()).toEqual(['CDS +a', 'EDS +ep']);
  });

  it('11: what routes need goes first, what uses it after the answer, what nobody uses last', () => {
    const all = (subset: string): readonly PackedResource[] => [
      res(CDS, subset, 'c', { dependencies: [subset] }),
      res(EDS, subset),
      res(LDS, 'l'),
      res(RDS, 'r', `to ${subset}`),
    ];
    peer = new Peer('delta', all('x'));
    peer.delta(CDS);
    peer.delta(EDS, { resourceNamesSubscribe: ['x'] });
    peer.delta(LDS);
    peer.delta(RDS, { resourceNamesSubscribe: ['r'] });
    peer.settle();
    peer.take();
    peer.set(...all('y'));
    expect(peer.take()).toEqual(['CDS +y']);
    peer.delta(CDS, { responseNonce: peer.last().nonce });
    expect(peer.take()).toEqual([]); // y's endpoints have not been asked for
    peer.delta(EDS, { resourceNamesSubscribe: ['y'] });
    expect(peer.take()).toEqual(['EDS +y']);
    peer.delta(EDS, { responseNonce: peer.last().nonce });
    expect(peer.take()).toEqual(['RDS +r']);
    peer.delta(RDS, { responseNonce: peer.last().nonce });
    expect(peer.take()).toEqual(['CDS -x', 'EDS -x']);
  });

  it('11: in state-of-the-world too, a removed cluster stays in the list until the routes are answered', () => {
    peer = new Peer('sotw', [res(CDS, 'x', 'x'), res(RDS, 'r', 'to x')]);
    peer.sotw(CDS);
    peer.sotw(RDS, { resourceNames: ['r'] });
    peer.settle({ [RDS]: ['r'] });
    peer.take();
    peer.set(res(CDS, 'y', 'y'), res(RDS, 'r', 'to y'));
    peer.settle({ [RDS]: ['r'] });
    expect(peer.take()).toEqual(['CDS +y +x', 'RDS +to y', 'CDS +y']);
  });

  it('11: a client that does not answer holds later types up for half a second, not for ever', () => {
    peer = new Peer('delta', [res(CDS, 'a'), res(LDS, 'l')]);
    peer.delta(CDS);
    peer.delta(LDS);
    peer.settle();
    peer.take();
    peer.set(res(CDS, 'a', 'v2'), res(LDS, 'l', 'v2'));
    expect(peer.take()).toEqual(['CDS +a']);
    peer.clock.advance(500);
    expect(peer.take()).toEqual(['LDS +l']);
  });

  it('12: on a new stream only what differs is sent, and what is gone is removed', () => {
    peer = new Peer('delta', [res(CDS, 'a'), res(CDS, 'b', 'v2')]);
    peer.delta(CDS, { initialResourceVersions: { a: res(CDS, 'a').version, b: res(CDS, 'b').version, gone: 'x' } });
    peer.settle();
    expect(peer.take()).toEqual(['CDS +b', 'CDS -gone']);
  });

  it('12: a client that brings all it would be sent is in sync without an answer', () => {
    peer = new Peer('delta', [res(CDS, 'a')]);
    peer.delta(CDS, { initialResourceVersions: { a: res(CDS, 'a').version } });
    peer.settle();
    expect([peer.take(), peer.connection.syncState.types.get(CDS)?.state]).toEqual([[], 'SYNCED']);
  });

  it('12: a new state-of-the-world stream gets everything, whatever version it names', () => {
    peer = new Peer('sotw', [res(CDS, 'a', 'a')]);
    peer.sotw(CDS, { versionInfo: 'from another life' });
    expect(peer.take()).toEqual(['CDS +a']);
  });

  it('13: no name is twice in a response, and one that was rejected does not take the good ones down', () => {
    peer = new Peer('delta', [res(CDS, 'bad'), res(CDS, 'good')]);
    peer.delta(CDS, { resourceNamesSubscribe: ['*', 'good', 'good'] });
    expect(peer.take()).toEqual(['CDS +bad +good']);
    peer.delta(CDS, { responseNonce: peer.last().nonce }, 'bad: cannot be used');
    expect(peer.events.at(-2)).toMatchObject({ kind: 'rejected', resources: ['bad'] });
    peer.set(res(CDS, 'bad'), res(CDS, 'good'), res(CDS, 'new'));
    expect(peer.take()).toEqual(['CDS +new +good']); // the good one may have been dropped with the bad
  });

  it('14: later requests need no node', () => {
    peer.delta(CDS);
    peer.delta(CDS, { responseNonce: peer.last().nonce });
    expect(peer.connection.syncState.types.get(CDS)?.state).toBe('SYNCED');
  });

  it('15: no push without change; one in flight for each type, and the newest wins', () => {
    peer.delta(CDS);
    peer.set(res(CDS, 'a', 'v2'));
    peer.set(res(CDS, 'a', 'v3'));
    expect(peer.take()).toEqual(['CDS +a']);
    peer.delta(CDS, { responseNonce: peer.last().nonce });
    expect(peer.take()).toEqual(['CDS +a']);
    const { resources } = peer.last() as DeltaDiscoveryResponse;
    expect(Buffer.from(resources[0]?.resource?.value ?? []).toString()).toBe('v3');
    peer.settle();
    peer.set(res(CDS, 'a', 'v3'));
    expect(peer.take()).toEqual([]);
  });

  it('15: what was rejected is not sent again until it changes', () => {
    peer.delta(CDS);
    peer.delta(CDS, { responseNonce: peer.last().nonce }, 'a: no');
    peer.set(res(CDS, 'a'));
    expect(peer.take()).toEqual(['CDS +a']);
    peer.set(res(CDS, 'a', 'v2'));
    expect(peer.take()).toEqual(['CDS +a']);
  });

  it('16: a TTL is sent, and kept alive without a body, only for a client that supports it', () => {
    const resources = [res(EDS, 'a', 'v1', { ttlMs: 10_000 })];
    peer = new Peer('delta', resources, ['xds.config.supports-resource-ttl']);
    peer.delta(EDS, { resourceNamesSubscribe: ['a'] });
    peer.settle();
    expect((peer.last() as DeltaDiscoveryResponse).resources[0]).toMatchObject({ name: 'a', ttl: { seconds: 10n } });
    peer.clock.advance(5000);
    const heartbeat = (peer.last() as DeltaDiscoveryResponse).resources[0];
    expect(heartbeat).toMatchObject({ name: 'a', version: resources[0]?.version, ttl: { seconds: 10n } });
    expect(heartbeat?.resource).toBeUndefined();
    const plain = new Peer('sotw', resources);
    plain.sotw(EDS, { resourceNames: ['a'] });
    expect((plain.last() as DiscoveryResponse).resources[0]?.typeUrl).toBe(EDS);
    const wrapped = new Peer('sotw', resources, ['xds.config.supports-resource-ttl']);
    wrapped.sotw(EDS, { resourceNames: ['a'] });
    const [any] = (wrapped.last() as DiscoveryResponse).resources;
    expect(fromBinary(ResourceSchema, any?.value ?? new Uint8Array())).toMatchObject({ name: 'a', ttl: { seconds: 10n } });
  });

  it('17: on-demand names that do not exist are answered, or their requests hang', () => {
    peer.delta(VHDS, { resourceNamesSubscribe: ['r/missing'] });
    expect(peer.take()).toEqual(['VirtualHost -r/missing'].map((s) => s.replace('VirtualHost', 'VHDS')));
    peer.delta(CDS, { resourceNamesSubscribe: ['missing'] });
    expect(peer.take()).toEqual(['CDS -missing']);
  });

  it('18: endpoints without names and with a nonce unsubscribe', () => {
    peer = new Peer('sotw', [res(EDS, 'a', 'a')]);
    peer.sotw(EDS, { resourceNames: ['a'] });
    peer.sotw(EDS, { responseNonce: peer.last().nonce });
    peer.set(res(EDS, 'a', 'a2'), res(EDS, 'b', 'b'));
    expect(peer.take()).toEqual(['EDS +a']);
  });

  it('19: each type has a version of its own', () => {
    peer = new Peer('sotw', [res(CDS, 'a', 'a'), res(LDS, 'l', 'l')]);
    peer.sotw(CDS);
    peer.sotw(LDS);
    peer.settle();
    const before = (peer.last() as DiscoveryResponse).versionInfo;
    peer.set(res(CDS, 'a', 'a2'), res(LDS, 'l', 'l'));
    peer.settle();
    expect(peer.connection.syncState.types.get(LDS)?.ackedVersion).toBe(before);
    expect(peer.connection.syncState.types.get(CDS)?.ackedVersion).not.toBe(before);
  });

  it('20: listeners and clusters by name, growing after the ACK, as gRPC clients ask', () => {
    peer = new Peer('sotw', [res(LDS, 'echo:7070', 'l'), res(LDS, 'other', 'o'), res(CDS, 'c1', 'c1'), res(CDS, 'c2', 'c2')]);
    peer.sotw(LDS, { resourceNames: ['echo:7070'] });
    peer.sotw(CDS, { resourceNames: ['c1'] });
    const nonce = peer.last().nonce;
    peer.sotw(CDS, { resourceNames: ['c1'], responseNonce: nonce });
    peer.sotw(CDS, { resourceNames: ['c1', 'c2'], responseNonce: nonce });
    expect(peer.take()).toEqual(['LDS +l', 'CDS +c1', 'CDS +c1 +c2']);
  });

  it('a first wildcard with nothing to send is answered, so that the client stops waiting', () => {
    peer = new Peer('delta', []);
    peer.delta(LDS);
    peer.delta(SDS, { resourceNamesSubscribe: ['s'] });
    expect(peer.take()).toEqual(['LDS']);
  });

  it('a client has settled when it has answered everything of a generation, and says whether there was anything', () => {
    const settled = (): readonly unknown[] => peer.events.flatMap((e) => (e.kind === 'settled' ? [[e.generation, e.pushed]] : []));
    peer.delta(CDS);
    expect(settled()).toEqual([]);
    peer.settle();
    peer.set(res(CDS, 'a'));
    peer.set(res(CDS, 'a', 'v2'));
    expect(settled()).toEqual([
      [0, true],
      [1, false],
    ]);
    peer.settle();
    expect(settled()).toEqual([
      [0, true],
      [1, false],
      [2, true],
    ]);
  });
});
