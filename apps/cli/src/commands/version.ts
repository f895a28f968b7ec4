/** The version of this build. */
export const VERSION = '0.1.0';

/** Prints the version, plainly or as data. */
export async function version(options: { readonly output?: string }): Promise<void> {
  const value = { version: VERSION, node: process.versions.node, platform: `${process.platform}/${process.arch}` };
  if (options.output === undefined) process.stdout.write(`lateen ${value.version} (Node ${value.node}, ${value.platform})\n`);
  else
    process.stdout.write(options.output === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : (await import('yaml')).stringify(value));
}
