import { chmodSync, readFileSync, rmSync } from 'node:fs';
import {
  type CallCredentials,
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  status,
} from '@grpc/grpc-js';
import { type Logger } from '@lateen/base';
import { type SdsServer } from '../sds/sds-server';

/** Whom to relay to, as what. */
export interface AdsRelayOptions {
  readonly socketPath: string;
  /** `HOST:PORT` of the control plane over TLS. */
  readonly upstreamAddress: string;
  readonly rootCertFile: string;
  readonly tokenFile: string;
  /** The name in the control plane's certificate. */
  readonly serverName: string;
  readonly logger: Logger;
}

const METHODS = ['StreamAggregatedResources', 'DeltaAggregatedResources'];
const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService';

/**
 * Passes a proxy's ADS streams from a unix socket (mode 0600) on to the control plane, byte for byte, adding the
 * workload's token: the proxy itself holds no credentials. When either side ends, so does the other, and the proxy
 * reconnects with its own backoff.
 */
export async function startAdsRelay(options: AdsRelayOptions): Promise<SdsServer> {
  rmSync(options.socketPath, { force: true });
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const upstream = new Client(
    options.upstreamAddress,
    credentials.combineChannelCredentials(credentials.createSsl(readFileSync(options.rootCertFile)), tokenCredentials(options.tokenFile)),
    {
      'grpc.ssl_target_name_override': options.serverName,
      'grpc.default_authority': options.serverName,
      'grpc.max_receive_message_length': -1,
      'grpc.keepalive_time_ms': 30_000,
    },
  );
  const definition = Object.fromEntries(METHODS.map((method) => [method, rawMethod(`${SERVICE}/${method}`)]));
  const handlers = Object.fromEntries(
    METHODS.map((method) => [
      method,
      (call: ServerDuplexStream<Buffer, Buffer>) => relay(call, upstream, `${SERVICE}/${method}`, options.logger),
    ]),
  );
  server.addService(definition, handlers);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${options.socketPath}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  chmodSync(options.socketPath, 0o600);
  return {
    stop: () => {
      server.forceShutdown();
      upstream.close();
      rmSync(options.socketPath, { force: true });
    },
  };
}

/** The token as call credentials, read anew for every stream because it is renewed in place. */
export function tokenCredentials(tokenFile: string): CallCredentials {
  return credentials.createFromMetadataGenerator((_params, callback) => {
    try {
      const metadata = new Metadata();
      metadata.set('authorization', `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`);
      callback(null, metadata);
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

const identity = (bytes: Buffer): Buffer => bytes;

function rawMethod(path: string): {
  path: string;
  requestStream: true;
  responseStream: true;
  requestSerialize: (bytes: Buffer) => Buffer;
  requestDeserialize: (bytes: Buffer) => Buffer;
  responseSerialize: (bytes: Buffer) => Buffer;
  responseDeserialize: (bytes: Buffer) => Buffer;
} {
  return {
    path,
    requestStream: true,
    responseStream: true,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  };
}

/** Joins one stream from below with one above, with backpressure both ways. */
function relay(down: ServerDuplexStream<Buffer, Buffer>, upstream: Client, path: string, logger: Logger): void {
  const up = upstream.makeBidiStreamRequest<Buffer, Buffer>(path, identity, identity);
  down.on('data', (bytes: Buffer) => {
    if (!up.write(bytes)) {
      down.pause();
      up.once('drain', () => down.resume());
    }
  });
  up.on('data', (bytes: Buffer) => {
    if (!down.write(bytes)) {
      up.pause();
      down.once('drain', () => up.resume());
    }
  });
  down.on('end', () => up.end());
  down.on('cancelled', () => up.cancel());
  down.on('error', () => up.cancel());
  up.on('end', () => down.end());
  up.on('error', (error: Error & { code?: number }) => {
    if (error.code !== status.CANCELLED) logger.warn('The control plane ended a relayed stream', { error: error.message });
    down.destroy(Object.assign(new Error(`control plane: ${error.message}`), { code: status.UNAVAILABLE }));
  });
}
