import { generateKeyPairSync } from 'node:crypto';
import { type Clock } from '@lateen/base';
import { type CertificateAuthority } from '@lateen/ca';
import { type TlsMaterial } from '@lateen/xds/server';

/** The names that agents expect of a control plane. Spec: Istio discovery addresses. */
const DNS_NAMES = ['istiod.istio-system.svc', 'istiod.istio-system.svc.cluster.local', 'istiod.istio-system', 'istiod', 'localhost'];
const LOOPBACK = [Buffer.from([127, 0, 0, 1])];

/** The control plane's own certificate, made anew every day. */
export class ServerCertificate {
  readonly #authority: CertificateAuthority;
  readonly #clock: Clock;
  #material: TlsMaterial;
  #cancel: (() => void) | undefined;

  constructor(authority: CertificateAuthority, clock: Clock) {
    this.#authority = authority;
    this.#clock = clock;
    this.#material = this.#issue();
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** Calls `replace` with each later certificate, until stop(). */
  keepFresh(replace: (material: TlsMaterial) => void): void {
    const leafLifeMs = this.#authority.rootNotAfterMs - this.#clock.now();
    const delayMs = Math.min(leafLifeMs / 2, 24 * 3_600_000);
    this.#cancel = this.#clock.after(delayMs, () => {
      this.#material = this.#issue();
      replace(this.#material);
      this.keepFresh(replace);
    });
  }

  stop(): void {
    this.#cancel?.();
  }

  #issue(): TlsMaterial {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const identity = { trustDomain: this.#authority.trustDomain, namespace: 'istio-system', serviceAccount: 'istiod' };
    const { chain } = this.#authority.issueServer({ publicKey, dnsNames: DNS_NAMES, ips: LOOPBACK, identity });
    return {
      certChainPem: chain.slice(0, -1).join(''),
      privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      clientRootsPem: this.#authority.rootCertPem,
    };
  }
}
