import { chmodSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { type handleBidiStreamingCall, Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { type Logger } from '@lateen/base';
import {
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryRequest,
  DeltaDiscoveryResponseSchema,
  type DeltaDiscoveryResponse,
  DiscoveryRequestSchema,
  type DiscoveryRequest,
  DiscoveryResponseSchema,
  type DiscoveryResponse,
} from '@lateen/xds/gen/envoy/service/discovery/v3/discovery_pb';
import { SecretSchema, type Secret } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { type SecretStore } from './secret-store';

const SECRET_TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** A running SDS server. */
export interface SdsServer {
  /** Ends every stream and removes the socket. */
  stop(): void;
}

/**
 * Serves secrets over a unix socket of mode 0600, state-of-the-world and delta, and pushes each one anew when it
 * changes. A name nobody knows stays unanswered until there is something to answer, as Envoy waits for it.
 * Spec: envoy.service.secret.v3.SecretDiscoveryService; Istio's `sds-grpc`.
 */
export async function startSdsServer(socketPath: string, store: SecretStore, logger: Logger): Promise<SdsServer> {
  rmSync(socketPath, { force: true });
  const server = new Server();
  server.addService(
    {
      StreamSecrets: {
        path: '/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets',
        requestStream: true,
        responseStream: true,
        requestSerialize: (m: DiscoveryRequest) => Buffer.from(toBinary(DiscoveryRequestSchema, m)),
        requestDeserialize: (b: Buffer) => fromBinary(DiscoveryRequestSchema, b),
        responseSerialize: (m: DiscoveryResponse) => Buffer.from(toBinary(DiscoveryResponseSchema, m)),
        responseDeserialize: (b: Buffer) => fromBinary(DiscoveryResponseSchema, b),
      },
      DeltaSecrets: {
        path: '/envoy.service.secret.v3.SecretDiscoveryService/DeltaSecrets',
        requestStream: true,
        responseStream: true,
        requestSerialize: (m: DeltaDiscoveryRequest) => Buffer.from(toBinary(DeltaDiscoveryRequestSchema, m)),
        requestDeserialize: (b: Buffer) => fromBinary(DeltaDiscoveryRequestSchema, b),
        responseSerialize: (m: DeltaDiscoveryResponse) => Buffer.from(toBinary(DeltaDiscoveryResponseSchema, m)),
        responseDeserialize: (b: Buffer) => fromBinary(DeltaDiscoveryResponseSchema, b),
      },
    },
    {
      StreamSecrets: ((call: ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>) =>
        serveStateOfTheWorld(call, store, logger)) as handleBidiStreamingCall<DiscoveryRequest, DiscoveryResponse>,
      DeltaSecrets: ((call: ServerDuplexStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse>) =>
        serveDelta(call, store, logger)) as handleBidiStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse>,
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error)));
  });
  chmodSync(socketPath, 0o600);
  return {
    stop: () => {
      server.forceShutdown();
      rmSync(socketPath, { force: true });
    },
  };
}

/** A version that changes with the secret's bytes and says nothing about them. */
function versionOf(secret: Secret): string {
  return createHash('sha256').update(toBinary(SecretSchema, secret)).digest('hex').slice(0, 16);
}

/** One stream of the older protocol: every response holds all names asked for that exist. */
function serveStateOfTheWorld(call: ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>, store: SecretStore, logger: Logger): void {
  let names: readonly string[] = [];
  let nonce = 0;
  let sent = '';
  const push = (force: boolean): void => {
    const secrets = names.map((name) => store.get(name)).filter((s) => s !== undefined);
    const version = secrets.map((s) => versionOf(s)).join('-');
    if (secrets.length === 0 || (!force && version === sent)) return;
    sent = version;
    nonce += 1;
    call.write(
      create(DiscoveryResponseSchema, {
        versionInfo: version,
        typeUrl: SECRET_TYPE,
        nonce: String(nonce),
        resources: secrets.map((s) => anyPack(SecretSchema, s)),
      }),
    );
  };
  call.on('data', (request: DiscoveryRequest) => {
    if (!accepts(request.typeUrl)) {
      call.destroy(Object.assign(new Error(`type "${request.typeUrl}" is not served here`), { code: status.INVALID_ARGUMENT }));
      return;
    }
    if (request.errorDetail !== undefined)
      logger.error('The proxy rejected a secret', { names: request.resourceNames, reason: request.errorDetail.message });
    if (request.responseNonce !== '' && request.responseNonce !== String(nonce)) return;
    const grown = request.resourceNames.some((name) => !names.includes(name));
    names = request.resourceNames;
    if (request.errorDetail === undefined) push(grown);
  });
  endWith(
    call,
    store.subscribe(() => push(false)),
  );
}

/** One stream of the delta protocol: what changed, by name. */
function serveDelta(call: ServerDuplexStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse>, store: SecretStore, logger: Logger): void {
  const sent = new Map<string, string>();
  let nonce = 0;
  const push = (): void => {
    const changed = [...sent.keys()].flatMap((name) => {
      const secret = store.get(name);
      if (secret === undefined) return [];
      const version = versionOf(secret);
      if (sent.get(name) === version) return [];
      sent.set(name, version);
      return [{ name, version, resource: anyPack(SecretSchema, secret) }];
    });
    if (changed.length === 0) return;
    nonce += 1;
    call.write(create(DeltaDiscoveryResponseSchema, { typeUrl: SECRET_TYPE, nonce: String(nonce), resources: changed }));
  };
  call.on('data', (request: DeltaDiscoveryRequest) => {
    if (!accepts(request.typeUrl)) {
      call.destroy(Object.assign(new Error(`type "${request.typeUrl}" is not served here`), { code: status.INVALID_ARGUMENT }));
      return;
    }
    if (request.errorDetail !== undefined) logger.error('The proxy rejected a secret', { reason: request.errorDetail.message });
    for (const name of request.resourceNamesSubscribe) sent.set(name, '');
    for (const name of request.resourceNamesUnsubscribe) sent.delete(name);
    push();
  });
  endWith(call, store.subscribe(push));
}

/** The secret type, or nothing: Envoy names the type only on the first message of a stream. */
function accepts(typeUrl: string): boolean {
  return typeUrl === SECRET_TYPE || typeUrl === '';
}

/** Releases a subscription whichever way the stream ends. */
function endWith(call: ServerDuplexStream<unknown, unknown>, unsubscribe: () => void): void {
  call.on('end', () => {
    unsubscribe();
    call.end();
  });
  call.on('error', unsubscribe);
  call.on('cancelled', unsubscribe);
}
