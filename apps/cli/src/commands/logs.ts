import { openMesh } from '../mesh/open';
import { out } from '../output/colors';

/** Prints what apps, proxies and the control plane have printed, each line with its source where there are several. */
export async function logs(
  workload: string | undefined,
  options: { readonly follow?: boolean; readonly tail: number; readonly state?: string },
): Promise<void> {
  const { client } = await openMesh(options.state);
  process.stdout.on('error', () => process.exit(0));
  const paint = [out.cyan, out.green, out.magenta, out.yellow, out.blue];
  const painted = new Map<string, string>();
  await client.call({ op: 'logs', workload, follow: options.follow, tail: options.tail }, (event) => {
    if (event.type !== 'log') return;
    const color = paint[painted.size % paint.length] ?? out.cyan;
    const source = painted.get(event.source) ?? color(event.source);
    painted.set(event.source, source);
    process.stdout.write(`${source} ${event.line}\n`);
  });
  client.close();
}
