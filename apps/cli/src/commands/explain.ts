import { parseFiles, type SourceFile } from '@lateen/config';
import { explain, type Explanation, type ExplainRequest, findWorkload, parseRequestUrl, renderText, RequestError } from '@lateen/explain';
import { DEFAULT_GATEWAY, DEFAULT_GATEWAY_SERVICE_YAML, defaultGatewayWorkload } from '@lateen/local';
import { buildMeshSnapshot } from '@lateen/mesh';
import { buildRegistry } from '@lateen/registry';
import { offlineProxy } from '@lateen/translate';
import { CliError, EXIT } from '../exit';
import { openObservation } from '../mesh/observation-client';
import { openMesh } from '../mesh/open';
import { out } from '../output/colors';
import { printViolations } from '../output/violations';
import { readConfiguration } from './up';

/** Options of `lateen explain`. */
export interface ExplainOptions {
  readonly filename: readonly string[];
  readonly from?: string;
  readonly header: readonly string[];
  readonly requestId?: string;
  readonly output?: 'text' | 'json';
  readonly state?: string;
}

/**
 * Says why a request would go where it goes: in the running mesh, or in one that would have only these files; with
 * `--request-id` why one that happened did.
 */
export async function explainRequest(method: string | undefined, url: string | undefined, options: ExplainOptions): Promise<void> {
  if (options.requestId !== undefined) {
    if (method !== undefined || options.filename.length > 0 || options.from !== undefined)
      throw new CliError('Cannot explain a request that happened with METHOD, URL, --from or -f: it has its own', EXIT.usage);
    await explainHappened(options.requestId, options);
    return;
  }
  if (method === undefined || url === undefined)
    throw new CliError('Cannot explain nothing: METHOD and URL are expected, or --request-id', EXIT.usage);
  const request: ExplainRequest = { method: method.toUpperCase(), url, headers: options.header.map(parseHeader) };
  checkUrl(request.url);
  const from = options.from ?? 'ingress';
  const explanation =
    options.filename.length > 0 ? await offline(from, request, options.filename) : await live(from, request, options.state);
  print(explanation, options.output);
}

/** Each call that a request became. */
async function explainHappened(requestId: string, { state, output }: ExplainOptions): Promise<void> {
  const answer = await openObservation(state).optional<{ readonly hops: readonly Explanation[] }>(
    `/api/requests/${encodeURIComponent(requestId)}/explain`,
  );
  if (answer === undefined)
    throw new CliError(
      `Cannot find request "${requestId}": it is older than what the mesh keeps, or it was one of more than 10 a second that succeeded while nobody watched`,
    );
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
    return;
  }
  if (answer.hops.length === 0) throw new CliError('Cannot explain this request: no proxy that carried it is connected any more');
  process.stdout.write(answer.hops.map((hop) => renderText(hop, out)).join('\n'));
}

function print(explanation: Explanation, output: 'text' | 'json' | undefined): void {
  process.stdout.write(output === 'json' ? `${JSON.stringify(explanation, undefined, 2)}\n` : renderText(explanation, out));
}

function parseHeader(text: string): readonly [name: string, value: string] {
  const colon = text.indexOf(':');
  if (colon <= 0) throw new CliError(`Cannot read the header ${JSON.stringify(text)}: "name: value" is expected`, EXIT.usage);
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function checkUrl(url: string): void {
  try {
    parseRequestUrl(url);
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): unknown {
  return error instanceof RequestError ? new CliError(error.message, EXIT.usage) : error;
}

async function offline(from: string, request: ExplainRequest, names: readonly string[]): Promise<Explanation> {
  const files = await readConfiguration(names);
  const read = readMesh(files);
  const world =
    from === 'ingress' && !read.mesh.workloads.some(({ kind }) => kind === 'router') ? readMesh([...files, DEFAULT_GATEWAY_FILE]) : read;
  const found = findWorkload(world.mesh, from);
  if (!found.found) throw new CliError(found.message, EXIT.usage);
  try {
    const proxyFor = (workload: typeof found.workload) => offlineProxy(world.mesh, workload);
    return explain({ ...world, proxyFor }, found.workload, request);
  } catch (error) {
    throw refusal(error);
  }
}

/** The gateway that `lateen up` adds where the files have none. */
const DEFAULT_GATEWAY_FILE: SourceFile = {
  name: 'the default ingress gateway',
  text: `${DEFAULT_GATEWAY_SERVICE_YAML}---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${DEFAULT_GATEWAY.name}, namespace: ${DEFAULT_GATEWAY.namespace}}
spec: {template: {metadata: {labels: ${JSON.stringify(defaultGatewayWorkload().labels)}, annotations: {inject.istio.io/templates: gateway}}, spec: {containers: [{name: istio-proxy, image: auto}]}}}
`,
};

function readMesh(files: readonly SourceFile[]) {
  const { resources, violations } = parseFiles(files, { allowIneffective: true });
  const errors = violations.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    printViolations(errors);
    throw new CliError('');
  }
  return { resources, mesh: buildMeshSnapshot({ resources, registry: buildRegistry({ resources }) }) };
}

async function live(from: string, request: ExplainRequest, state: string | undefined): Promise<Explanation> {
  const mesh = await openMesh(state);
  mesh.client.close();
  const { status, body } = await mesh.admin('POST', '/api/explain', { from, ...request });
  if (status === 200) return body as Explanation;
  const message = (body as { readonly message?: unknown } | undefined)?.message;
  throw new CliError(
    typeof message === 'string' ? message : `Cannot explain: the control plane answered ${status}`,
    status === 400 || status === 404 ? EXIT.usage : EXIT.failure,
  );
}
