import { listed, type Place, quote, type Report } from './report';

/** TLS towards clients and towards servers. Spec: validation.md §3.11 and §3.12. */

/** TLS towards the upstream, as DestinationRule and tracing write it. */
export interface ClientTlsLike {
  readonly mode?: string | undefined;
  readonly clientCertificate?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly caCertificates?: string | undefined;
  readonly credentialName?: string | undefined;
  readonly subjectAltNames?: readonly string[] | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
  readonly caCrl?: string | undefined;
}

/** TLS towards the downstream, as Gateway and Sidecar write it. */
export interface ServerTlsLike {
  readonly mode?: string | undefined;
  readonly serverCertificate?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly caCertificates?: string | undefined;
  readonly caCrl?: string | undefined;
  readonly credentialName?: string | undefined;
  readonly credentialNames?: readonly string[] | undefined;
  readonly tlsCertificates?:
    readonly { readonly serverCertificate?: string | undefined; readonly privateKey?: string | undefined }[] | undefined;
  readonly minProtocolVersion?: string | undefined;
  readonly cipherSuites?: readonly string[] | undefined;
}

const CIPHERS = new Set(
  [
    'ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA',
    'ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA AES128-GCM-SHA256 AES256-GCM-SHA384 AES128-SHA AES256-SHA DES-CBC3-SHA ALL',
  ].flatMap((line) => line.split(' ')),
);

/** Refuses settings of TLS towards the upstream that contradict its mode. */
export function checkClientTls(report: Report, at: Place, tls: ClientTlsLike | undefined, namespace: string): void {
  if (tls === undefined) return;
  const mode = tls.mode ?? 'DISABLE';
  const refuse = (field: keyof ClientTlsLike, why: string): void =>
    report.error('invalid_tls', [...at, field], `Cannot use ${field} with TLS mode ${mode}: ${why}`);
  const refuseSet = (fields: readonly (keyof ClientTlsLike)[], why: string): void => {
    for (const field of fields) if (isSet(tls[field])) refuse(field, why);
  };
  if (tls.credentialName?.startsWith('configmap://') === true) {
    const [owner = '', ...name] = tls.credentialName.slice('configmap://'.length).split('/');
    if (owner === '' || name.join('/') === '')
      refuse('credentialName', `expected configmap://NAMESPACE/NAME, got ${quote(tls.credentialName)}`);
    else if (owner !== namespace) refuse('credentialName', `it is in namespace ${quote(owner)}, expected ${quote(namespace)}`);
  }
  if (mode !== 'SIMPLE' && mode !== 'MUTUAL') return;
  if (tls.insecureSkipVerify === true) {
    refuseSet(
      mode === 'SIMPLE' ? ['caCertificates', 'credentialName', 'subjectAltNames'] : ['caCertificates', 'subjectAltNames'],
      'insecureSkipVerify verifies nothing',
    );
  }
  if (isSet(tls.credentialName)) {
    refuseSet(['clientCertificate', 'privateKey', 'caCertificates', 'caCrl'], 'credentialName already says where the certificates are');
    return;
  }
  if (mode === 'MUTUAL') {
    for (const field of ['clientCertificate', 'privateKey'] as const) {
      if (!isSet(tls[field]))
        report.error('required_field', [...at, field], `Cannot do mutual TLS without ${field}: set it, or credentialName`);
    }
  }
}

/** Refuses settings of TLS towards the downstream that contradict its mode; warns of weak and ineffective ones. */
export function checkServerTls(report: Report, at: Place, tls: ServerTlsLike): void {
  const mode = tls.mode ?? 'PASSTHROUGH';
  checkCiphers(report, at, tls);
  const set = (field: keyof ServerTlsLike): boolean => isSet(tls[field]);
  if (mode === 'ISTIO_MUTUAL') {
    for (const field of [
      'serverCertificate',
      'privateKey',
      'caCertificates',
      'tlsCertificates',
      'credentialName',
      'credentialNames',
    ] as const) {
      if (set(field))
        report.error('invalid_tls', [...at, field], `Cannot use ${field} with TLS mode ISTIO_MUTUAL: the mesh issues the certificates`);
    }
    return;
  }
  if (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') {
    const ignored = (
      ['caCrl', 'serverCertificate', 'privateKey', 'caCertificates', 'tlsCertificates', 'credentialName', 'credentialNames'] as const
    ).filter(set);
    if (ignored.length > 0)
      report.warn(
        'ineffective_field',
        [...at, ignored[0] ?? ''],
        `TLS mode ${mode} does not terminate TLS: ${ignored.join(', ')} has no effect`,
      );
  }
  const sources = [
    set('serverCertificate') && set('privateKey'),
    set('credentialName'),
    set('credentialNames'),
    set('tlsCertificates'),
  ].filter((given) => given);
  if (sources.length > 1)
    report.error(
      'exclusive_fields',
      at,
      'Cannot take certificates from several places: set only one of credentialName, credentialNames, tlsCertificates, and serverCertificate with privateKey',
    );
  const terminates = mode === 'SIMPLE' || mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL';
  if (terminates && (set('credentialName') || set('credentialNames'))) return;
  if (terminates) checkServerFiles(report, at, tls, mode);
  if (mode === 'SIMPLE' && set('caCrl'))
    report.error('invalid_tls', [...at, 'caCrl'], 'Cannot use caCrl with TLS mode SIMPLE: no client certificates are verified');
  if (set('caCrl') && set('credentialName'))
    report.error('invalid_tls', [...at, 'caCrl'], 'Cannot use caCrl with credentialName: expected the list in the credential');
}

function checkServerFiles(report: Report, at: Place, tls: ServerTlsLike, mode: string): void {
  const need = (holder: object, place: Place, field: string): void => {
    if (!isSet((holder as Readonly<Record<string, unknown>>)[field]))
      report.error(
        'required_field',
        [...place, field],
        `Cannot terminate TLS with mode ${mode} without ${field}: set it, or credentialName`,
      );
  };
  if (mode !== 'SIMPLE') need(tls, at, 'caCertificates');
  const certificates = tls.tlsCertificates ?? [];
  if (certificates.length > 2)
    report.warn(
      'ineffective_field',
      [...at, 'tlsCertificates'],
      `Only the first 2 of ${certificates.length} certificates are used: one of each key type`,
    );
  const holders: (readonly [object, Place])[] = certificates.map((certificate, i) => [certificate, [...at, 'tlsCertificates', i]] as const);
  for (const [holder, place] of holders.length > 0 ? holders : [[tls, at] as const]) {
    need(holder, place, 'serverCertificate');
    need(holder, place, 'privateKey');
  }
}

function checkCiphers(report: Report, at: Place, tls: ServerTlsLike): void {
  const suites = tls.cipherSuites ?? [];
  if ((tls.minProtocolVersion === 'TLSV1_0' || tls.minProtocolVersion === 'TLSV1_1') && suites.length === 0) {
    report.warn(
      'weak_tls',
      [...at, 'minProtocolVersion'],
      `${tls.minProtocolVersion} needs older cipher suites: list them in cipherSuites, or no client of that version can connect`,
    );
  }
  const known = suites.filter((suite) => suite === '' || /^[^\p{L}\p{Nd}]/u.test(suite) || CIPHERS.has(suite));
  const unknown = [...new Set(suites.filter((suite) => !known.includes(suite)))].sort();
  if (unknown.length > 0) report.warn('unknown_cipher', [...at, 'cipherSuites'], `Unknown cipher suites are ignored: ${listed(unknown)}`);
  const repeated = [...new Set(known.filter((suite, i) => known.indexOf(suite) !== i))].sort();
  if (repeated.length > 0) report.warn('duplicate_cipher', [...at, 'cipherSuites'], `Cipher suites are listed twice: ${listed(repeated)}`);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0);
}
