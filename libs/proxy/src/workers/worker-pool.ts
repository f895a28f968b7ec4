import cluster, { type Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { toBinary } from '@bufbuild/protobuf';
import { type Logger } from '@lateen/base';
import { type AdsClient } from '@lateen/xds/client';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { type DrainRequest, type DrainSettings } from '../listener/drain';
import { type ObservationSink, type ObserveSettings, UNOBSERVED } from '../observe/collected';
import { type SecretSource } from '../xds/secret-collector';
import { bequeath } from './departed';
import { mergeReports, type MergedReport } from './merge-reports';
import { type ToParent, type ToWorker, type WorkerReport } from './messages';
import { AdsSource } from './shared-ads';

/** Set in the environment of a worker. */
export const WORKER_MARK = 'LATEEN_PROXY_WORKER';

/** What a pool is made of. */
export interface WorkerPoolOptions {
  readonly count: number;
  readonly bootstrap: object;
  /** How connections are brought to their end. Default: as Istio has it. */
  readonly drain?: DrainSettings;
  readonly secrets: SecretSource;
  readonly logger: Logger & { level?: string };
}

/** Between the death of a worker and its successor, in milliseconds: doubled while successors die young. */
const RESTART_MS = { first: 100, most: 5000 } as const;
/** A worker that lived so long died for a reason of its own. */
const YOUNG_MS = 10_000;
/** A worker that does not report in time counts with what it reported before: well under Prometheus' ten seconds. */
const REPORT_MS = 5000;

interface Member {
  readonly worker: Worker;
  readonly startedAt: number;
  readonly secrets: Set<string>;
  ready: boolean;
  /** What it reported last. */
  report: WorkerReport | undefined;
}

/**
 * Processes that share the listening sockets, one per core: each runs the whole data plane on what the parent has
 * accepted from the control plane. One that dies is replaced; connections it had are lost with it.
 */
export class WorkerPool {
  private readonly members = new Map<number, Member>();
  /** What those that are gone had counted. */
  private departed: WorkerReport | undefined;
  private readonly adopted: [port: number, socket: object][] = [];
  private readonly waiting = new Map<number, (report: WorkerReport) => void>();
  /** A client may resume with another worker than it began with. */
  private readonly ticketKey = randomBytes(48);
  private source: AdsSource | undefined;
  private sinkFor: ((worker: number) => ObservationSink) | undefined;
  private observation: ObserveSettings = UNOBSERVED;
  /** What is being brought to its end: a worker that comes later has nothing to keep open for it. */
  private readonly drains: DrainRequest[] = [];
  private failsHealth = false;
  private nextReport = 1;
  private failures = 0;
  private stopping = false;
  private latest: MergedReport = mergeReports([]);
  private readonly unsubscribe: () => void;

  constructor(private readonly options: WorkerPoolOptions) {
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ serialization: 'advanced', args: [], execArgv: process.execArgv });
    this.unsubscribe = options.secrets.subscribe(() => {
      for (const member of this.members.values()) this.sendSecrets(member);
    });
  }

  /** Wraps the parent's ADS client so that workers get what the parent accepts. */
  share(ads: Pick<AdsClient, 'subscribe'>): Pick<AdsClient, 'subscribe'> {
    this.source = new AdsSource(ads, (update) => this.broadcast(update));
    return this.source;
  }

  /** Starts all workers; they become ready as their listeners open. */
  start(): void {
    for (let i = 0; i < this.options.count; i++) this.fork();
  }

  /** All workers serve. */
  get ready(): boolean {
    return this.members.size === this.options.count && [...this.members.values()].every(({ ready }) => ready);
  }

  /** Process ids of the workers. */
  get pids(): readonly number[] {
    return [...this.members.values()].flatMap(({ worker }) => worker.process.pid ?? []);
  }

  /** What workers reported last. */
  get report(): MergedReport {
    return this.latest;
  }

  /** Asks every worker for its numbers. One that says nothing for five seconds counts with those it said before. */
  async gather(): Promise<void> {
    const reports = await Promise.all([...this.members.values()].map((member) => this.ask(member)));
    this.latest = mergeReports([...reports, this.departed].filter((report) => report !== undefined));
  }

  /** Hands a listening socket to every worker, and to those that come later. */
  adopt(port: number, socket: object): void {
    this.adopted.push([port, socket]);
    for (const { worker } of this.members.values()) worker.send({ type: 'adopt', port } satisfies ToWorker, socket as never);
  }

  /** Hands what workers observe to a sink each. */
  observe(sinkFor: (worker: number) => ObservationSink): void {
    this.sinkFor = sinkFor;
    this.broadcast({ type: 'observe', settings: this.observation });
  }

  /** Tells every worker, and those that come later, what is wanted of observations. */
  configureObservation(settings: ObserveSettings): void {
    // A worker sees a part of what its app serves: whether a call passes a header on, it cannot tell.
    this.observation = { ...settings, followedHeaders: [] };
    this.broadcast({ type: 'observe', settings: this.observation });
  }

  /** Drains every worker, and those that come later. */
  drainListeners(request: DrainRequest): void {
    this.drains.push({ ...request, graceful: false });
    this.broadcast({ type: 'drain-listeners', request });
  }

  /** Tells every worker, and those that come later, whether health fails. */
  failHealth(failing: boolean): void {
    this.failsHealth = failing;
    this.broadcast({ type: 'fail-health', failing });
  }

  /** Tells every worker. */
  broadcast(message: ToWorker): void {
    for (const { worker } of this.members.values()) if (worker.isConnected()) worker.send(message);
  }

  /** Drains and ends every worker; one that does not end is killed. */
  async stop(drainMs: number): Promise<void> {
    this.stopping = true;
    this.unsubscribe();
    this.broadcast({ type: 'stop', drainMs });
    await Promise.all(
      [...this.members.values()].map(
        ({ worker }) =>
          new Promise<void>((resolve) => {
            const late = setTimeout(() => worker.process.kill('SIGKILL'), drainMs + 2000);
            worker.once('exit', () => {
              clearTimeout(late);
              resolve();
            });
          }),
      ),
    );
  }

  private fork(): void {
    const worker = cluster.fork({ [WORKER_MARK]: '1' });
    const member: Member = { worker, startedAt: performance.now(), secrets: new Set(), ready: false, report: undefined };
    this.members.set(worker.id, member);
    worker.on('message', (message: ToParent) => this.onMessage(member, message));
    worker.on('error', (error) => this.options.logger.error('A worker cannot be talked to', { worker: worker.id, error: error.message }));
    worker.on('exit', (code, signal) => this.onExit(member, signal === '' ? `code ${code}` : signal));
  }

  private onMessage(member: Member, message: ToParent): void {
    const { worker } = member;
    const { logger } = this.options;
    switch (message.type) {
      case 'hello':
        worker.send({
          type: 'start',
          bootstrap: this.options.bootstrap,
          logLevel: logger.level ?? 'info',
          ticketKey: this.ticketKey,
          drain: this.options.drain,
        } satisfies ToWorker);
        for (const request of this.drains) worker.send({ type: 'drain-listeners', request } satisfies ToWorker);
        if (this.failsHealth) worker.send({ type: 'fail-health', failing: true } satisfies ToWorker);
        for (const update of this.source?.everything() ?? []) worker.send(update);
        for (const [port, socket] of this.adopted) worker.send({ type: 'adopt', port } satisfies ToWorker, socket as never);
        if (this.sinkFor !== undefined) worker.send({ type: 'observe', settings: this.observation } satisfies ToWorker);
        return;
      case 'want-secret':
        member.secrets.add(message.name);
        this.sendSecrets(member);
        return;
      case 'state':
        member.ready = message.ready;
        return;
      case 'report':
        this.waiting.get(message.id)?.(message.report);
        return;
      case 'observed':
        this.sinkFor?.(worker.id).sums(message.sums);
        return;
      case 'observed-requests':
        this.sinkFor?.(worker.id).requests(message.requests);
        return;
      case 'failed':
        logger.error('A worker failed', { worker: worker.id, error: message.error });
    }
  }

  private onExit(member: Member, why: string): void {
    this.members.delete(member.worker.id);
    if (member.report !== undefined) this.departed = bequeath(this.departed, member.report);
    member.report = undefined;
    this.sinkFor?.(member.worker.id).gone?.();
    if (this.stopping) return;
    this.failures = performance.now() - member.startedAt < YOUNG_MS ? this.failures + 1 : 0;
    const delayMs = Math.min(RESTART_MS.most, RESTART_MS.first * 2 ** this.failures);
    this.options.logger.error('A worker is gone and will be replaced', { worker: member.worker.id, why, delayMs });
    setTimeout(() => {
      if (!this.stopping) this.fork();
    }, delayMs);
  }

  private sendSecrets({ worker, secrets }: Member): void {
    if (secrets.size === 0 || !worker.isConnected()) return;
    const list = [...secrets].map((name): readonly [string, Uint8Array | undefined] => {
      const secret = this.options.secrets.get(name);
      return [name, secret === undefined ? undefined : toBinary(SecretSchema, secret)];
    });
    worker.send({ type: 'secrets', secrets: list } satisfies ToWorker);
  }

  private ask(member: Member): Promise<WorkerReport | undefined> {
    const { worker } = member;
    if (!worker.isConnected()) return Promise.resolve(undefined);
    const id = this.nextReport++;
    return new Promise((resolve) => {
      const done = (report: WorkerReport | undefined): void => {
        clearTimeout(late);
        this.waiting.delete(id);
        worker.off('exit', gone);
        member.report = report ?? member.report;
        resolve(member.report);
      };
      // What it had counted is among that of the departed by now.
      const gone = (): void => done(undefined);
      worker.once('exit', gone);
      const late = setTimeout(() => {
        this.options.logger.warn('A worker does not report its numbers in time', { worker: worker.id, afterMs: REPORT_MS });
        done(undefined);
      }, REPORT_MS);
      this.waiting.set(id, done);
      worker.send({ type: 'report', id } satisfies ToWorker);
    });
  }
}
