import { create } from '@bufbuild/protobuf';
import { type CertificateFacts, certificateFacts } from '@lateen/ca';
import { type Secret } from '@lateen/proxy-config';
import { type SecretState, SecretStateSchema } from '@lateen/xds/gen/lateen/observation_pb';

/** Certificates that are told of; a gateway may hold many. */
const MAX_TOLD = 200;

const known = new WeakMap<Secret, readonly SecretState[]>();

/** What a proxy's secrets are and until when: of its own the certificate itself, of those it trusts every one. */
export function secretStates(secrets: Iterable<Secret>): readonly SecretState[] {
  const told: SecretState[] = [];
  for (const secret of secrets) {
    let states = known.get(secret);
    if (states === undefined) known.set(secret, (states = statesOf(secret)));
    told.push(...states);
    if (told.length >= MAX_TOLD) break;
  }
  return told.slice(0, MAX_TOLD);
}

function statesOf(secret: Secret): readonly SecretState[] {
  const { name } = secret;
  const trusted = secret.kind === 'validation';
  const state = (facts: Partial<CertificateFacts>, problem = ''): SecretState =>
    create(SecretStateSchema, { name, trusted, ...facts, names: [...(facts.names ?? [])], problem });
  try {
    const facts = certificateFacts(secret.kind === 'validation' ? secret.trustedCa : secret.certificateChain);
    if (facts.length === 0) return [state({}, 'it holds no certificate')];
    return (trusted ? facts : facts.slice(0, 1)).map((one) => state(one));
  } catch (error) {
    return [state({}, error instanceof Error ? error.message : String(error))];
  }
}
