import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Mesh, ROOT, run, sample, type CommandResult } from './mesh';

/** The real Envoy, when its installer has run. */
export const envoyPath: string | undefined = [join(process.env.LATEEN_PEERS ?? join(ROOT, '.peers'), 'envoy')].find((path) =>
  existsSync(path),
);

/** Whose proxies carry the traffic: ours, or a real Envoy beside the workloads whose images are named. */
export interface Proxies {
  readonly name: string;
  readonly envoyBeside: readonly string[];
}

/** A mesh with Bookinfo to run tasks against. Disposing it leaves nothing that this started. */
export class BookinfoMesh implements AsyncDisposable {
  /** The ingress: `http://HOST:PORT`. */
  readonly url: string;
  readonly #state: string;
  readonly #lateen: (args: readonly string[], input?: string) => Promise<CommandResult>;
  readonly #dispose: () => Promise<void>;

  private constructor(url: string, state: string, lateen: BookinfoMesh['run'], dispose: () => Promise<void>) {
    this.url = url;
    this.#state = state;
    this.#lateen = lateen;
    this.#dispose = dispose;
  }

  /** The mesh that already runs at `LATEEN_URL` (its state directory in `LATEEN_STATE`), else one of the test's own. */
  static async start(proxies: Proxies): Promise<BookinfoMesh> {
    if (process.env.LATEEN_URL !== undefined && proxies.envoyBeside.length === 0)
      return new BookinfoMesh(process.env.LATEEN_URL, process.env.LATEEN_STATE ?? '', run, () => Promise.resolve());
    const folder = mkdtempSync(join(tmpdir(), 'lateen-apps-'));
    const appsFile = join(folder, 'lateen.yaml');
    writeFileSync(appsFile, appsYaml(proxies));
    try {
      const interception = process.env.LATEEN_INTERCEPTION === 'explicit' ? 'explicit' : 'namespace';
      const mesh = await Mesh.start({ interception, appsFile });
      const lateen: BookinfoMesh['run'] = (args, input) => run([args[0] ?? '', '--state', mesh.state, ...args.slice(1)], input);
      return new BookinfoMesh(mesh.ingress, mesh.state, lateen, async () => {
        await mesh[Symbol.asyncDispose]();
        rmSync(folder, { recursive: true, force: true });
      });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs one `lateen` command on this mesh; rejects unless it ends with 0. */
  async run(args: readonly string[], input?: string): Promise<CommandResult> {
    const result = await this.#lateen(args, input);
    if (result.code !== 0) throw new Error(`lateen ${args.join(' ')} ended with ${result.code}\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  /** Applies files of samples/bookinfo, named without `.yaml`, in order, and waits until every proxy has them. */
  async apply(names: readonly string[]): Promise<void> {
    // One by one, as a reader of the task would: two files may hold the same resource, and the later one counts.
    for (const name of names) await this.run(['apply', '--wait', ...files([name])]);
  }

  /** Applies files of samples/bookinfo at once and waits. */
  async applyTogether(names: readonly string[]): Promise<void> {
    await this.run(['apply', '--wait', ...files(names)]);
  }

  /** Applies one YAML text and waits. */
  async applyText(text: string): Promise<void> {
    await this.run(['apply', '--wait', '-f', '-'], text);
  }

  /** What the proxy beside a workload says on its admin port. */
  async admin(workload: string, path: string): Promise<string> {
    const { ports } = JSON.parse(readFileSync(join(this.#state, 'run/default', `${workload}-0`, 'agent.json'), 'utf8')) as {
      ports: { admin: number };
    };
    const program = `fetch('http://127.0.0.1:${ports.admin}${path}').then((r) => r.text()).then((t) => process.stdout.write(t))`;
    return (await this.run(['exec', workload, '--', process.execPath, '-e', program])).stdout;
  }

  /** Deletes what files of samples/bookinfo name, some of which must be there, and waits. */
  async delete(names: readonly string[]): Promise<void> {
    await this.run(['delete', '--wait', ...files(names)]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dispose();
  }
}

function files(names: readonly string[]): string[] {
  return names.flatMap((name) => ['-f', sample(`${name}.yaml`)]);
}

/** The lateen.yaml that ships, run from the checkout, with an Envoy beside some images. */
export function appsYaml({ envoyBeside }: Pick<Proxies, 'envoyBeside'>): string {
  const shipped = parse(readFileSync(join(ROOT, 'lateen.yaml'), 'utf8')) as { images: Record<string, object> };
  const images = Object.entries(shipped.images).map(([image, app]) => {
    const envoy = envoyBeside.some((prefix) => image.startsWith(`examples-bookinfo-${prefix}-`)) ? { envoy: envoyPath } : {};
    return [image, { directory: ROOT, ...app, ...envoy }] as const;
  });
  return stringify({ images: Object.fromEntries(images) });
}
