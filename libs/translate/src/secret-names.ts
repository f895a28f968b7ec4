import { type TranslateInputs } from './translate-proxy';

/**
 * SDS secrets that a proxy's listeners and clusters name and the control plane serves, in ascending order:
 * `kubernetes://NAME` of each gateway credential, and `kubernetes://NAME-cacert` where client certificates are checked.
 */
export function secretNamesIn({ snapshot, proxy }: TranslateInputs): readonly string[] {
  const names = new Set<string>();
  if (proxy.type !== 'router') return [];
  for (const { servers } of snapshot.gatewayPortsFor(proxy)) {
    for (const { server } of servers) {
      const { tls } = server;
      for (const name of [...(tls?.credentialNames ?? []), ...(tls?.credentialName === undefined ? [] : [tls.credentialName])]) {
        names.add(`kubernetes://${name}`);
        if (tls?.mode === 'MUTUAL' || tls?.mode === 'OPTIONAL_MUTUAL') names.add(`kubernetes://${name}-cacert`);
      }
    }
  }
  return [...names].sort();
}
