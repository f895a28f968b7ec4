import { type SecretRef } from '@lateen/proxy-config';
import { type MissingSecret } from './facts';

/** What is wrong with a secret of this name; undefined when nothing is. */
export type JudgeSecret = (name: string) => MissingSecret | undefined;

/** What TLS of either side takes from secrets. */
interface Tls {
  readonly certificates: readonly SecretRef[];
  readonly validation?: { readonly trustedCa?: SecretRef };
}

/** The first secret that a handshake wants and does not find; undefined without TLS. */
export function secretMissingFor(tls: Tls | undefined, judge: JudgeSecret | undefined): MissingSecret | undefined {
  if (tls === undefined || judge === undefined) return undefined;
  const { trustedCa } = tls.validation ?? {};
  const wanted = trustedCa === undefined ? tls.certificates : [...tls.certificates, trustedCa];
  return wanted.map(({ name }) => judge(name)).find((one) => one !== undefined);
}
