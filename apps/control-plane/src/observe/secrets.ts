import { fromBinary } from '@bufbuild/protobuf';
import { certificateFacts } from '@lateen/ca';
import { type SecretView } from '@lateen/observation';
import { TYPE_URL } from '@lateen/xds';
import { type DataSource } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import { type Secret, SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { type SecretState } from '@lateen/xds/gen/lateen/observation_pb';
import { type ConnectedClient } from '@lateen/xds/server';

/** The certificates that a proxy says it holds. */
export function heldSecrets(states: readonly SecretState[]): readonly SecretView[] {
  return states.map(({ name, trusted, names, serial, notBeforeMs, notAfterMs, problem }) => ({
    name,
    kind: trusted ? 'trusted root' : 'certificate',
    names,
    serial,
    notBeforeMs,
    notAfterMs,
    ...(problem === '' ? {} : { problem }),
  }));
}

/** Of a proxy that does not say: what it was sent from here. Its own certificate is not among that, its agent has it. */
export function sentSecrets({ view }: ConnectedClient): readonly SecretView[] {
  return [...view.resources(TYPE_URL.SDS).values()].flatMap(({ name, value }) => viewsOf(name, fromBinary(SecretSchema, value)));
}

function viewsOf(name: string, { type }: Secret): readonly SecretView[] {
  const kind = type.case === 'validationContext' ? 'trusted root' : 'certificate';
  const source =
    type.case === 'validationContext' ? type.value.trustedCa : type.case === 'tlsCertificate' ? type.value.certificateChain : undefined;
  try {
    const facts = certificateFacts(textOf(source));
    return (kind === 'certificate' ? facts.slice(0, 1) : facts).map((one) => ({ name, kind, ...one }));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return [{ name, kind, names: [], serial: '', notBeforeMs: 0, notAfterMs: 0, problem }];
  }
}

function textOf(source: DataSource | undefined): string {
  switch (source?.specifier.case) {
    case 'inlineString':
      return source.specifier.value;
    case 'inlineBytes':
      return Buffer.from(source.specifier.value).toString();
    default:
      return '';
  }
}
