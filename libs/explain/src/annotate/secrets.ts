import { type GatewayServer } from '@lateen/mesh';
import { type Step } from '../model';
import { type Fact, type MissingSecret } from '../walk/facts';
import { type HopContext, type Place, placeIn, step } from './context';

/** `secret "shop" is not in namespace istio-system`. */
export function secretText({ name, namespace, exists }: MissingSecret): string {
  if (namespace === undefined) return `the proxy does not have ${name.replace(/^file-(root|cert):/, 'file ')}`;
  return exists
    ? `secret "${name}" of namespace ${namespace} does not hold the certificate and key that it is named for`
    : `secret "${name}" is not there, in namespace ${namespace}`;
}

/** The secret that a handshake fails for, with the line of the Gateway that names it. */
export function secretSteps(context: HopContext, { chain, secret }: Extract<Fact, { stage: 'secret' }>): readonly Step[] {
  const reason = `The TLS handshake cannot be made: ${secretText(secret)}.`;
  return [
    step(context, {
      stage: 'filter-chain',
      verdict: 'not-matched',
      name: secret.name,
      reason,
      ...credentialPlace(context, chain.name, secret),
    }),
  ];
}

/** Where a Gateway names a secret: of several, the one whose server the chain is of. */
function credentialPlace({ mesh, proxy }: HopContext, chain: string, { name, namespace }: MissingSecret): Place {
  const servers = mesh.gatewayPortsFor({ namespace: proxy.namespace, labels: proxy.labels }).flatMap((port) => port.servers);
  const fields = servers.flatMap((server) => {
    const field = fieldOf(server, [name, `${namespace}/${name}`]);
    return field === undefined ? [] : [{ server, field }];
  });
  const { server, field } = fields.find(({ server: { routeName } }) => routeName === chain) ?? fields[0] ?? {};
  if (server === undefined || field === undefined) return {};
  const index = (server.resource.spec.servers ?? []).indexOf(server.server);
  return placeIn(server.resource, `spec.servers[${index}].tls.${field}`);
}

/** Which field of a server has one of some names. */
function fieldOf({ server: { tls } }: GatewayServer, names: readonly string[]): string | undefined {
  const isNamed = (name: string | undefined): boolean => name !== undefined && (names.includes(name) || names.includes(`${name}-cacert`));
  const i = (tls?.credentialNames ?? []).findIndex(isNamed);
  if (i >= 0) return `credentialNames[${i}]`;
  if (tls?.caCertCredentialName !== undefined && names.includes(tls.caCertCredentialName)) return 'caCertCredentialName';
  return isNamed(tls?.credentialName) ? 'credentialName' : undefined;
}
