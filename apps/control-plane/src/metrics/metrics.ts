import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { typeName } from '@lateen/xds';
import { type AdsServer, type XdsEvent } from '@lateen/xds/server';

/** Counters of the control plane, under the names of Istio's own so that its dashboards read them. Spec: Istio `pilot_*`, `citadel_*`. */
export class Metrics {
  readonly registry = new Registry();
  readonly #connections = this.#gauge('pilot_xds', 'Number of endpoints connected to this control plane using XDS.');
  readonly #services = this.#gauge('pilot_services', 'Total services known.');
  readonly #info = new Gauge({
    name: 'pilot_info',
    help: 'Version and build information.',
    labelNames: ['version'],
    registers: [this.registry],
  });
  readonly #pushes = new Counter({ name: 'pilot_xds_pushes', help: 'Pushes by type.', labelNames: ['type'], registers: [this.registry] });
  readonly #rejects = new Counter({
    name: 'pilot_total_xds_rejects',
    help: 'XDS responses rejected by proxies.',
    labelNames: ['type'],
    registers: [this.registry],
  });
  readonly #failures = new Counter({ name: 'pilot_total_xds_internal_errors', help: 'Internal XDS errors.', registers: [this.registry] });
  readonly #staleNonces = new Counter({
    name: 'pilot_xds_expired_nonce',
    help: 'Requests with an expired nonce.',
    labelNames: ['type'],
    registers: [this.registry],
  });
  readonly #convergence = new Histogram({
    name: 'pilot_proxy_convergence_time',
    help: 'Seconds between a change of configuration and the last answer of a proxy that it concerns.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 3, 5, 10, 20, 30],
    registers: [this.registry],
  });
  readonly #configSize = new Histogram({
    name: 'pilot_xds_config_size_bytes',
    help: 'Size of pushed responses.',
    labelNames: ['type'],
    buckets: [1e3, 1e4, 1e5, 1e6, 4e6, 1e7, 4e7],
    registers: [this.registry],
  });
  readonly #csrs = new Counter({ name: 'citadel_server_csr_count', help: 'Signing requests received.', registers: [this.registry] });
  readonly #outcomes = {
    success: new Counter({ name: 'citadel_server_success_cert_issuance_count', help: 'Certificates issued.', registers: [this.registry] }),
    authentication_failure: new Counter({
      name: 'citadel_server_authentication_failure_count',
      help: 'Authentication failures.',
      registers: [this.registry],
    }),
    csr_parsing_failure: new Counter({
      name: 'citadel_server_csr_parsing_err_count',
      help: 'Signing requests that could not be parsed.',
      registers: [this.registry],
    }),
    csr_sign_failure: new Counter({
      name: 'citadel_server_csr_sign_err_count',
      help: 'Signing requests that could not be signed.',
      registers: [this.registry],
    }),
  };
  readonly #rootExpiry = this.#gauge('citadel_server_root_cert_expiry_timestamp', 'Unix time at which the root certificate expires.');
  readonly #changedAt = new Map<number, number>();

  constructor(version: string) {
    this.#info.set({ version }, 1);
  }

  /** Counts what happens on the server's streams. */
  follow(server: AdsServer): void {
    server.subscribe((event) => this.#count(event));
  }

  /** A new generation, built from changes of now. */
  world(generation: number, services: number, atMs: number): void {
    this.#services.set(services);
    this.#changedAt.set(generation, atMs);
    this.#changedAt.delete(generation - 100);
  }

  failure(): void {
    this.#failures.inc();
  }

  csr(): void {
    this.#csrs.inc();
  }

  csrOutcome(outcome: 'success' | 'authentication_failure' | 'csr_parsing_failure' | 'csr_sign_failure'): void {
    this.#outcomes[outcome].inc();
  }

  rootExpires(atMs: number): void {
    this.#rootExpiry.set(Math.floor(atMs / 1000));
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: [this.registry] });
  }

  #count(event: XdsEvent): void {
    switch (event.kind) {
      case 'connected':
        return this.#connections.inc();
      case 'disconnected':
        return this.#connections.dec();
      case 'pushed': {
        const type = typeName(event.typeUrl).toLowerCase();
        this.#pushes.inc({ type });
        return this.#configSize.observe({ type }, event.bytes);
      }
      case 'rejected':
        return this.#rejects.inc({ type: typeName(event.typeUrl).toLowerCase() });
      case 'stale_nonce':
        return this.#staleNonces.inc({ type: typeName(event.typeUrl).toLowerCase() });
      case 'settled': {
        const changedAt = this.#changedAt.get(event.generation);
        if (event.pushed && changedAt !== undefined) this.#convergence.observe((event.atMs - changedAt) / 1000);
        return;
      }
      case 'acked':
        return;
    }
  }
}
