import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where `tools/peers/install-api-server.mjs` puts the API server; it may not be there. */
export const apiServerBinary = join(process.env['LATEEN_PEERS'] ?? join(import.meta.dirname, '../../../../.peers'), 'bin/api-server');

/** Plain JSON of an object of Kubernetes. */
export type Json = Readonly<Record<string, unknown>>;

/** What the API server said to a request. */
export interface Answer {
  readonly accepted: boolean;
  /** The object as it is kept, or the Status that says why not. */
  readonly body: Json;
  /** Why not, a line for each reason: `spec.hosts[0]: Invalid value: …`. Empty when accepted. */
  readonly causes: readonly string[];
}

/** A Kubernetes API server that knows custom resources, running for a test. */
export interface ApiServer extends AsyncDisposable {
  /** Creates a CustomResourceDefinition and waits, a minute at most, until it is served; gives it with its status. */
  define(crd: Json): Promise<Json>;
  /** Creates an object strictly, as `kubectl apply --validate=strict`; `dryRun` judges without keeping it. */
  create(object: Json, options?: { readonly dryRun?: boolean }): Promise<Answer>;
  /** Reads an object that was created, in another served version when one is given. */
  read(object: Json, version?: string): Promise<Answer>;
}

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[] };
}

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Starts an API server with nothing in it; dispose to end it. */
export async function startApiServer(): Promise<ApiServer> {
  const child = spawn(apiServerBinary, { stdio: ['pipe', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = `${log}${chunk.toString()}`.slice(-4096)));
  const url = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]) => String(line)),
    once(child, 'exit').then(() => {
      throw new Error(`Cannot start ${apiServerBinary}: it ended\n${log}`);
    }),
  ]);
  const resources = new Map<string, Definition['spec']>();

  const ask = async (method: string, path: string, body?: Json): Promise<Answer> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(url + path, { method, ...sent });
    // What is not served yet is answered in plain text.
    const json = response.headers.get('content-type')?.startsWith('application/json') === true;
    const answer = json ? ((await response.json()) as Json) : { message: (await response.text()).trim() };
    return { accepted: response.ok, body: answer, causes: response.ok ? [] : causesOf(answer) };
  };
  const collection = (object: Json, version?: string): string => {
    const [group = '', own = ''] = String(object['apiVersion']).split('/');
    const found = resources.get(`${group}/${String(object['kind'])}`);
    if (found === undefined) throw new Error(`Cannot create ${String(object['kind'])}: it was not defined`);
    return `/apis/${group}/${version ?? own}${found.scope === 'Cluster' ? '' : `/namespaces/default`}/${found.names.plural}`;
  };

  return {
    async define(crd) {
      const { metadata, spec } = crd as unknown as Definition;
      const created = await ask('POST', `${DEFINITIONS}?fieldValidation=Strict`, crd);
      if (!created.accepted) throw new Error(`Cannot define ${metadata.name}:\n${created.causes.join('\n')}`);
      resources.set(`${spec.group}/${spec.names.kind}`, spec);
      const served = async (): Promise<boolean> => {
        const lists = await Promise.all(
          spec.versions.filter((v) => v.served).map(({ name }) => ask('GET', `/apis/${spec.group}/${name}/${spec.names.plural}`)),
        );
        return lists.every(({ accepted }) => accepted);
      };
      for (let tries = 0; tries < 1200; tries++) {
        const { body } = await ask('GET', `${DEFINITIONS}/${metadata.name}`);
        const conditions = (body as unknown as Definition).status?.conditions ?? [];
        if (conditions.some(({ type, status }) => type === 'Established' && status === 'True') && (await served())) return body;
        await new Promise((done) => setTimeout(done, 50));
      }
      throw new Error(`Cannot define ${metadata.name}: it is not established after a minute`);
    },
    create: (object, { dryRun = false } = {}) =>
      ask('POST', `${collection(object)}?fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`, object),
    read: (object, version) => ask('GET', `${collection(object, version)}/${(object['metadata'] as { readonly name: string }).name}`),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

function causesOf(status: Json): readonly string[] {
  const { details, message } = status as {
    readonly message?: string;
    readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
  };
  const causes = (details?.causes ?? []).map(({ field, message: why }) => `${field ?? ''}: ${why ?? ''}`);
  return causes.length > 0 ? causes : [message ?? JSON.stringify(status)];
}
