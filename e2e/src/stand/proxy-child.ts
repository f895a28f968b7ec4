import { type Logger, silentLogger, systemClock, systemRandom } from '@lateen/base';
import { isWorker, runWorker, startProxy } from '@lateen/proxy';
import { AdsClient } from '@lateen/xds/client';
import { NodeSchema } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import { create, type JsonObject } from '@bufbuild/protobuf';

/** What the parent says to begin. */
export interface ChildOptions {
  readonly bootstrap: JsonObject;
  /** `HOST:PORT` of a control plane; absent: static resources only. */
  readonly ads?: string;
  /** Worker processes. Default 1: none. */
  readonly concurrency?: number;
}

/** What a proxy in its own process answers. */
export interface ChildMemory {
  /** Bytes in use after a collection, on the heap and outside it. */
  readonly held: number;
  readonly rss: number;
}

type Question = { readonly type: 'start'; readonly options: ChildOptions } | { readonly type: 'memory' };

/**
 * The whole life of a proxy process: started by its parent over IPC, answers about its memory, ends with the parent.
 * True when this process is such a one, or a worker of one.
 */
export function isProxyChild(): boolean {
  if (isWorker()) {
    runWorker(() => errorsOnly());
    return true;
  }
  if (process.env['LATEEN_PROXY_CHILD'] !== '1' || process.send === undefined) return false;
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question: Question) => {
    if (question.type === 'memory') process.send?.(memory());
    else
      start(question.options).then(
        () => process.send?.({ type: 'ready' }),
        (error: Error) => process.send?.({ type: 'failed', error: error.stack }),
      );
  });
  return true;
}

async function start({ bootstrap, ads, concurrency = 1 }: ChildOptions): Promise<void> {
  const logger = errorsOnly();
  const node = create(NodeSchema, { id: 'stand', cluster: 'stand' });
  const proxy = await startProxy({
    bootstrap,
    concurrency,
    secrets: { get: () => undefined, subscribe: () => () => undefined },
    logger,
    ...(ads === undefined
      ? {}
      : { ads: new AdsClient({ target: ads, node, clock: systemClock, random: systemRandom, logger: silentLogger }) }),
  });
  for (let i = 0; !proxy.ready(); i++) {
    if (i > 1000) throw new Error('Cannot start: the proxy is not ready after 20 s');
    await new Promise((done) => setTimeout(done, 20));
  }
}

function errorsOnly(): Logger & { level?: string } {
  return { ...silentLogger, error: (message, fields) => process.stderr.write(`proxy: ${message} ${JSON.stringify(fields ?? {})}\n`) };
}

function memory(): ChildMemory {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: heapUsed + external, rss };
}
