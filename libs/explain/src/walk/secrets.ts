import { type FilterChain, type SecretRef, type TransportSocket } from '@lateen/proxy-config';
import { type MissingSecret } from './facts';

/** What is wrong with a secret of this name; undefined when nothing is. */
export type JudgeSecret = (name: string) => MissingSecret | undefined;

/** The first secret that a chain's handshake wants and does not find. */
export function secretMissingFor({ tls }: Pick<FilterChain, 'tls'>, judge: JudgeSecret | undefined): MissingSecret | undefined {
  return tls === undefined || judge === undefined ? undefined : firstMissing([...tls.certificates, tls.validation?.trustedCa], judge);
}

/** The first secret that TLS towards an endpoint wants and does not find. */
export function secretMissingTowards(socket: TransportSocket, judge: JudgeSecret | undefined): MissingSecret | undefined {
  if (socket.kind !== 'tls' || judge === undefined) return undefined;
  return firstMissing([...socket.tls.certificates, socket.tls.validation?.trustedCa], judge);
}

function firstMissing(wanted: readonly (SecretRef | undefined)[], judge: JudgeSecret): MissingSecret | undefined {
  return wanted.map((ref) => (ref === undefined ? undefined : judge(ref.name))).find((one) => one !== undefined);
}
