import { type AnyResource, toListObject, toYaml } from '@lateen/config';
import { CliError, EXIT } from '../exit';
import { openMesh } from '../mesh/open';
import { age, table } from '../output/table';
import { parseKinds } from './kinds';

/** Options of `lateen get`. */
export interface GetOptions {
  readonly namespace: string;
  readonly allNamespaces?: boolean;
  readonly output?: 'yaml' | 'json' | 'wide' | 'name';
  readonly state?: string;
}

/** Prints resources as kubectl does. */
export async function get(kindText: string, names: readonly string[], options: GetOptions): Promise<void> {
  const slash = kindText.indexOf('/');
  const kinds = parseKinds(slash === -1 ? kindText : kindText.slice(0, slash));
  const wanted = slash === -1 ? names : [kindText.slice(slash + 1), ...names];
  const mesh = await openMesh(options.state);
  mesh.client.close();
  const items: AnyResource[] = [];
  for (const kind of kinds) {
    const query = new URLSearchParams({ kind, ...(options.allNamespaces === true || kind === 'Namespace' ? {} : { namespace: options.namespace }) });
    const { status, body } = await mesh.admin('GET', `/api/v1/resources?${query.toString()}`);
    if (status !== 200) throw new CliError(`Cannot get ${kind}: the control plane answered ${status} ${JSON.stringify(body)}`);
    items.push(...(body as { readonly items: readonly AnyResource[] }).items.filter((r) => wanted.length === 0 || wanted.includes(r.metadata.name)));
  }
  const missing = wanted.filter((name) => !items.some((r) => r.metadata.name === name));
  if (missing.length > 0) throw new CliError(`Cannot find ${kindText} ${missing.map((m) => `"${m}"`).join(', ')} in namespace "${options.namespace}"`, EXIT.failure);
  print(items, kinds.length > 1, options);
}

function print(items: readonly AnyResource[], severalKinds: boolean, options: GetOptions): void {
  if (options.output === 'yaml') process.stdout.write(toYaml(toListObject(items)));
  else if (options.output === 'json') process.stdout.write(`${JSON.stringify(toListObject(items), undefined, 2)}\n`);
  else if (options.output === 'name') for (const { kind, metadata } of items) process.stdout.write(`${kind.toLowerCase()}/${metadata.name}\n`);
  else if (items.length === 0) process.stderr.write(`No resources found${options.allNamespaces === true ? '' : ` in ${options.namespace} namespace`}.\n`);
  else {
    const wide = options.output === 'wide';
    const head = [...(options.allNamespaces === true ? ['NAMESPACE'] : []), 'NAME', ...summaryHead(items, severalKinds), 'AGE', ...(wide ? ['SOURCE'] : [])];
    const rows = items.map((r) => [
      ...(options.allNamespaces === true ? [r.metadata.namespace] : []),
      severalKinds ? `${r.kind.toLowerCase()}/${r.metadata.name}` : r.metadata.name,
      ...summary(r, severalKinds),
      r.metadata.creationTimestamp === undefined ? '' : age(Date.parse(r.metadata.creationTimestamp), Date.now()),
      ...(wide ? [`${r.origin.file}:${r.origin.line}`] : []),
    ]);
    process.stdout.write(`${table(head, rows)}\n`);
  }
}

/** The columns Istio's CRDs print for a kind. */
function summaryHead(items: readonly AnyResource[], severalKinds: boolean): readonly string[] {
  if (severalKinds) return [];
  switch (items[0]?.kind) {
    case 'VirtualService':
      return ['GATEWAYS', 'HOSTS'];
    case 'DestinationRule':
      return ['HOST'];
    case 'ServiceEntry':
      return ['HOSTS', 'LOCATION', 'RESOLUTION'];
    case 'PeerAuthentication':
      return ['MODE'];
    default:
      return [];
  }
}

function summary(r: AnyResource, severalKinds: boolean): readonly string[] {
  if (severalKinds) return [];
  switch (r.kind) {
    case 'VirtualService':
      return [list(r.spec.gateways), list(r.spec.hosts)];
    case 'DestinationRule':
      return [r.spec.host];
    case 'ServiceEntry':
      return [list(r.spec.hosts), r.spec.location ?? '', r.spec.resolution ?? ''];
    case 'PeerAuthentication':
      return [r.spec.mtls?.mode ?? ''];
    default:
      return [];
  }
}

function list(values: readonly string[] | undefined): string {
  return values === undefined || values.length === 0 ? '' : JSON.stringify(values);
}
