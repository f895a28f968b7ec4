import { type KubernetesObject, toYaml } from '@lateen/config';
import { CliError, EXIT } from '../exit';
import { openMesh } from '../mesh/open';
import { age, table } from '../output/table';
import { parseKinds } from './kinds';

/** One resource as the admin API shows it: a Kubernetes object. */
type Item = KubernetesObject & {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly creationTimestamp?: string };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[] };
};

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
  const items: Item[] = [];
  for (const kind of kinds) {
    const query = new URLSearchParams({
      kind,
      ...(options.allNamespaces === true || kind === 'Namespace' ? {} : { namespace: options.namespace }),
    });
    const { status, body } = await mesh.admin('GET', `/api/v1/resources?${query.toString()}`);
    if (status !== 200) throw new CliError(`Cannot get ${kind}: the control plane answered ${status} ${JSON.stringify(body)}`);
    items.push(
      ...(body as { readonly items: readonly Item[] }).items.filter((r) => wanted.length === 0 || wanted.includes(r.metadata.name)),
    );
  }
  const missing = wanted.filter((name) => !items.some((r) => r.metadata.name === name));
  if (missing.length > 0)
    throw new CliError(
      `Cannot find ${kindText} ${missing.map((m) => `"${m}"`).join(', ')} in namespace "${options.namespace}"`,
      EXIT.failure,
    );
  print(items, kinds.length > 1, options);
}

function print(items: readonly Item[], severalKinds: boolean, options: GetOptions): void {
  if (options.output === 'yaml') process.stdout.write(toYaml(listOf(items)));
  else if (options.output === 'json') process.stdout.write(`${JSON.stringify(listOf(items), undefined, 2)}\n`);
  else if (options.output === 'name')
    for (const { kind, metadata } of items) process.stdout.write(`${kind.toLowerCase()}/${metadata.name}\n`);
  else if (items.length === 0)
    process.stderr.write(`No resources found${options.allNamespaces === true ? '' : ` in ${options.namespace} namespace`}.\n`);
  else {
    const wide = options.output === 'wide';
    const head = [
      ...(options.allNamespaces === true ? ['NAMESPACE'] : []),
      'NAME',
      ...summaryHead(items, severalKinds),
      'AGE',
      ...(wide ? ['IN EFFECT'] : []),
    ];
    const rows = items.map((r) => [
      ...(options.allNamespaces === true ? [r.metadata.namespace ?? ''] : []),
      severalKinds ? `${r.kind.toLowerCase()}/${r.metadata.name}` : r.metadata.name,
      ...summary(r, severalKinds),
      r.metadata.creationTimestamp === undefined ? '' : age(Date.parse(r.metadata.creationTimestamp), Date.now()),
      ...(wide ? [inEffect(r)] : []),
    ]);
    process.stdout.write(`${table(head, rows)}\n`);
  }
}

/** The columns Istio's CRDs print for a kind. */
function summaryHead(items: readonly Item[], severalKinds: boolean): readonly string[] {
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

function summary({ kind, spec = {} }: Item, severalKinds: boolean): readonly string[] {
  if (severalKinds) return [];
  switch (kind) {
    case 'VirtualService':
      return [list(spec['gateways']), list(spec['hosts'])];
    case 'DestinationRule':
      return [text(spec['host'])];
    case 'ServiceEntry':
      return [list(spec['hosts']), text(spec['location']), text(spec['resolution'])];
    case 'PeerAuthentication':
      return [text((spec['mtls'] as Readonly<Record<string, unknown>> | undefined)?.['mode'])];
    default:
      return [];
  }
}

/** What the control plane says of a resource: whether it does anything, and why not. */
function inEffect(item: Item): string {
  const condition = item.status?.conditions?.find((c) => c.type === 'InEffect');
  return condition === undefined
    ? ''
    : `${condition.status}${condition.message === undefined || condition.message === '' ? '' : `: ${condition.message}`}`;
}

/** One object as itself, several as a `List`, as kubectl prints them. */
function listOf(items: readonly Item[]): KubernetesObject {
  const [only] = items;
  return only !== undefined && items.length === 1 ? only : { apiVersion: 'v1', kind: 'List', items };
}

function list(value: unknown): string {
  return Array.isArray(value) && value.length > 0 ? JSON.stringify(value) : '';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
