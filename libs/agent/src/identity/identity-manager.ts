import { X509Certificate } from 'node:crypto';
import { type Clock, type Logger, type Random } from '@lateen/base';

/** A workload's certificate, its key, and the root that peers are verified against. All PEM. */
export interface Identity {
  /** Leaf first, then intermediates; the root is not part of it. */
  readonly certChainPem: string;
  readonly privateKeyPem: string;
  readonly rootCertPem: string;
  /** Milliseconds since the Unix epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT`, read back from the leaf. */
  readonly spiffeId: string;
}

/** What an IdentityManager needs handed in. */
export interface IdentityManagerOptions {
  /** Makes a fresh key and its signing request. */
  readonly createKeyAndCsr: () => { readonly privateKeyPem: string; readonly csrPem: string };
  /** Has a signing request signed: leaf first, root last. */
  readonly sign: (csrPem: string) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;

/**
 * Keeps one workload's certificate fresh: a new key and certificate at half of each one's life (±1 %, so that a
 * mesh that started together does not renew together). A failed renewal keeps the old certificate and tries again
 * with exponential backoff.
 * Spec: Istio SECRET_GRACE_PERIOD_RATIO 0.5 with jitter 0.01.
 */
export class IdentityManager {
  readonly #options: IdentityManagerOptions;
  readonly #listeners = new Set<(identity: Identity) => void>();
  #current: Identity | undefined;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(options: IdentityManagerOptions) {
    this.#options = options;
  }

  /** The newest certificate; undefined until the first one is there. */
  get current(): Identity | undefined {
    return this.#current;
  }

  /** Calls `listener` with each certificate from the next one on. The returned function ends that. */
  subscribe(listener: (identity: Identity) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Gets the first certificate, trying until it has one or `signal` aborts, then renews until stop(). */
  async start(signal: AbortSignal): Promise<Identity> {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        const identity = await this.#obtain();
        this.#schedule(this.#renewalDelayMs(identity));
        return identity;
      } catch (error) {
        this.#options.logger.warn('Cannot get the first workload certificate, will retry', { error: String(error), attempt });
        await this.#wait(retryDelayMs(attempt), signal);
      }
    }
  }

  /** Ends renewal; the current certificate stays usable. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #obtain(): Promise<Identity> {
    const { privateKeyPem, csrPem } = this.#options.createKeyAndCsr();
    const identity = toIdentity(await this.#options.sign(csrPem), privateKeyPem);
    this.#current = identity;
    for (const listener of this.#listeners) listener(identity);
    return identity;
  }

  #schedule(delayMs: number, attempt = 0): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#obtain().then(
        (identity) => this.#schedule(this.#renewalDelayMs(identity)),
        (error: unknown) => {
          this.#options.logger.error('Cannot renew the workload certificate, the old one stays', { error: String(error), attempt });
          this.#schedule(retryDelayMs(attempt), attempt + 1);
        },
      );
    });
  }

  #renewalDelayMs(identity: Identity): number {
    const { clock, random } = this.#options;
    const life = identity.notAfterMs - identity.notBeforeMs;
    const ratio = 0.5 + (random.next() - 0.5) * 0.02;
    // setTimeout overflows beyond 2^31-1 ms; certificates live 90 days at most, half of that still can.
    return Math.min(Math.max(identity.notBeforeMs + life * ratio - clock.now(), FIRST_RETRY_MS), 2 ** 31 - 1);
  }

  #wait(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel();
        reject(signal.reason as Error);
      };
      const cancel = this.#options.clock.after(delayMs, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}

/** Doubles from 100 ms up to 30 s. */
function retryDelayMs(attempt: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt, 16), MAX_RETRY_MS);
}

/** Reads what a signed chain says of itself. */
function toIdentity(chain: readonly string[], privateKeyPem: string): Identity {
  const [leafPem] = chain;
  const rootCertPem = chain.at(-1);
  if (leafPem === undefined || rootCertPem === undefined || chain.length < 2)
    throw new Error('Cannot use a certificate chain without leaf and root');
  const leaf = new X509Certificate(leafPem);
  const spiffeId = /URI:(spiffe:\/\/[^\s,]+)/.exec(leaf.subjectAltName ?? '')?.[1];
  if (spiffeId === undefined)
    throw new Error(`Cannot use a workload certificate without a SPIFFE URI: its names are ${JSON.stringify(leaf.subjectAltName)}`);
  return {
    certChainPem:
      chain
        .slice(0, -1)
        .map((pem) => pem.trimEnd())
        .join('\n') + '\n',
    privateKeyPem,
    rootCertPem,
    notBeforeMs: Date.parse(leaf.validFrom),
    notAfterMs: Date.parse(leaf.validTo),
    spiffeId,
  };
}
