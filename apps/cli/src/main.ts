import { Command, CommanderError, Option } from 'commander';
import { VERSION } from './commands/version';
import { CliError, EXIT } from './exit';
import { LONGEST_SECONDS, parsePort, wholeNumber } from './flags';
import { err } from './output/colors';

/** Adds one value to those given before; for options that may be repeated. */
function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

const window = (): Option => new Option('--window <SECONDS>', 'how far back to look: 5 to 900').argParser(wholeNumber(5, 900)).default(60);
const oneNamespace = (what: string): Option => new Option('-n, --namespace <NAME>', `only ${what} of this namespace`);
const files = (): Option =>
  new Option('-f, --filename <FILE>', 'file or folder of YAML, or - for standard input; repeatable').argParser(collect).default([], 'none');
const namespace = (): Option => new Option('-n, --namespace <NAME>', 'namespace').default('default');
const output = (...formats: readonly string[]): Option => new Option('-o, --output <FORMAT>', `output format`).choices(formats);

/** Every verb with its options; what a verb does is loaded when it is used. */
function createProgram(): Command {
  const program = new Command('lateen')
    .description('An Istio-compatible service mesh on this machine.')
    .version(VERSION, '-V, --version')
    .showHelpAfterError('(--help shows the options)')
    .exitOverride();
  const verb = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('--state <DIR>', 'state directory that names the mesh ($LATEEN_STATE, ~/.local/state/lateen)')
      .exitOverride();

  verb('up', 'start a mesh')
    .addOption(files())
    .option('--apps <FILE>', 'lateen.yaml: which command stands for which image')
    .addOption(
      new Option('--interception <KIND>', 'how traffic reaches the sidecars').choices(['auto', 'namespace', 'explicit']).default('auto'),
    )
    .option('--ingress-port <PORT>', 'local port of the ingress gateway', parsePort, 8080)
    .option('--no-gateway', 'add no ingress gateway where the files have none')
    .option('--trust-domain <DOMAIN>', 'trust domain of identities', 'cluster.local')
    .option('-d, --detach', 'return when the mesh is ready and leave it running')
    .action(async (options) => (await import('./commands/up')).up(options));
  verb('down', 'stop a mesh')
    .option('--purge', 'forget its configuration, certificates and logs, too')
    .action(async (options) => (await import('./commands/down')).down(options));
  verb('run', 'add one workload to a running mesh, for as long as this command runs')
    .argument('[COMMAND...]', 'the app, after --')
    .requiredOption('--name <NAME>', 'name of the workload')
    .addOption(namespace())
    .option('-l, --labels <KEY=VALUE,...>', 'labels; default app=NAME')
    .option('--service-account <NAME>', 'service account', 'default')
    .option(
      '--port <PORT>',
      'container port the app listens on; repeatable',
      (text: string, previous: readonly number[]) => [...previous, parsePort(text)],
      [] as readonly number[],
    )
    .option('--port-variable <NAME>', 'environment variable that tells the app its port', 'PORT')
    .option('--gateway', 'a gateway instead of an app')
    .option('--no-sidecar', 'without a sidecar')
    .option('--wait-for-mesh <SECONDS>', 'how long to wait for the mesh to come up', wholeNumber(0, LONGEST_SECONDS), 300)
    .action(async (command: string[], options) => (await import('./commands/run')).run(command, options));
  verb('exec', "run a command in a workload's network")
    .argument('<WORKLOAD>', '[NAMESPACE/]DEPLOYMENT[-ORDINAL]')
    .argument('<COMMAND...>', 'after --')
    .action(async (workload: string, command: string[], options) => (await import('./commands/exec')).exec(workload, command, options));
  verb('logs', 'show what apps and proxies have printed')
    .argument('[WORKLOAD]', 'default: all of them, and the control plane')
    .option('-f, --follow', 'keep printing')
    .option('--tail <LINES>', 'lines to begin with, of each part', wholeNumber(0), 100)
    .action(async (workload: string | undefined, options) => (await import('./commands/logs')).logs(workload, options));
  verb('apply', 'create or change configuration')
    .addOption(files())
    .addOption(namespace())
    .option('--wait', 'return when every affected proxy has it, and say how long each took')
    .option('--timeout <SECONDS>', 'how long --wait waits: 0 to 600', wholeNumber(0, 600), 30)
    .option('--dry-run', 'only check')
    .option('--allow-ineffective', 'take policies that are not enforced yet')
    .action(async (options) => (await import('./commands/apply')).apply(options));
  verb('delete', 'delete configuration')
    .argument('[KIND]')
    .argument('[NAME...]')
    .addOption(files())
    .addOption(namespace())
    .option('--wait', 'return when every affected proxy knows')
    .action(async (kind: string | undefined, names: string[], options) => (await import('./commands/delete')).remove(kind, names, options));
  verb('get', 'show configuration')
    .argument('<KIND>', 'kind, its plural or short name; several with commas; KIND/NAME; all')
    .argument('[NAME...]')
    .addOption(namespace())
    .option('-A, --all-namespaces', 'of every namespace')
    .addOption(output('yaml', 'json', 'wide', 'name'))
    .action(async (kind: string, names: string[], options) => (await import('./commands/get')).get(kind, names, options));
  verb('status', 'show processes, workloads and whether proxies are in sync')
    .addOption(output('table', 'wide', 'json', 'yaml'))
    .action(async (options) => (await import('./commands/status')).status(options));
  verb('proxy-config', "show a proxy's configuration; with -f what it would be sent, no mesh needed")
    .alias('pc')
    .argument('<PART>', 'listeners, routes, clusters, endpoints, secrets or all')
    .argument('<WORKLOAD>', '[NAMESPACE/]DEPLOYMENT[-ORDINAL]')
    .addOption(files())
    .addOption(output('table', 'json', 'yaml'))
    .action(async (part: string, workload: string, options) =>
      (await import('./commands/proxy-config')).proxyConfig(part, workload, options),
    );
  verb('explain', 'say why a request goes where it goes; with -f in a mesh of these files, no running mesh needed')
    .argument('[METHOD]', 'GET, POST, ...')
    .argument('[URL]', 'http://HOST[:PORT]/PATH, as its client writes it')
    .option('--request-id <ID>', 'a request that happened, by its x-request-id, instead of METHOD and URL')
    .option('--from <WORKLOAD>', 'who sends it: ingress (the default), or [NAMESPACE/]DEPLOYMENT')
    .addOption(new Option('-H, --header <HEADER>', "a header of it, 'name: value'; repeatable").argParser(collect).default([], 'none'))
    .addOption(files())
    .addOption(output('text', 'json').default('text'))
    .action(async (method: string | undefined, url: string | undefined, options) =>
      (await import('./commands/explain')).explainRequest(method, url, options),
    );
  verb('analyze', 'look for problems in files, and in the running mesh with --live')
    .argument('[PATH...]', 'files and folders of YAML, or - for standard input')
    .addOption(files())
    .option('-n, --namespace <NAME>', 'only findings of this namespace, which resources without one get')
    .option('-A, --all-namespaces', 'findings of every namespace (the default without -n)')
    .addOption(output('table', 'json', 'yaml', 'sarif', 'junit', 'github').default('table'))
    .option('--failure-threshold <LEVEL>', 'Info, Warning or Error: from where on to exit with 79', 'Error')
    .option('--output-threshold <LEVEL>', 'Info, Warning or Error: from where on to print', 'Info')
    .addOption(
      new Option('-S, --suppress <CODE=RESOURCE>', 'hide findings, such as "IST0103=Pod *"; repeatable')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(new Option('--analyzer <NAME>', 'run only this analyzer; repeatable').argParser(collect).default([], 'all'))
    .option('-L, --list-analyzers', 'list what is looked for')
    .option('--mesh-config-file <FILE>', 'the MeshConfig to assume instead of that of ConfigMap istio')
    .option('--live', 'the running mesh, with the files laid over it')
    .option('-w, --watch', 'look again whenever a file changes')
    .action(async (paths: string[], options) => (await import('./commands/analyze')).analyze(paths, options));
  verb('validate', 'check the shape and the rules of each resource in files')
    .argument('[PATH...]', 'files and folders of YAML, or - for standard input')
    .addOption(files())
    .addOption(namespace())
    .addOption(output('table', 'json', 'yaml', 'sarif', 'junit', 'github').default('table'))
    .action(async (paths: string[], options) => (await import('./commands/validate')).validate(paths, options));
  verb('tap', 'show requests as they happen, one line a hop, failures with their cause')
    .argument('[WORKLOAD]', '[NAMESPACE/]WORKLOAD, or an app; default: all of them')
    .addOption(oneNamespace('requests'))
    .option('--method <METHOD>', 'only this method')
    .option('--path <PREFIX>', 'only paths that begin so')
    .option('--status <STATUS>', 'only this status, such as 503 or 5xx')
    .option('--failed', 'only failures')
    .option('--header <NAME:VALUE>', 'only requests with this header')
    .option('--cause <CODE>', 'only failures of this cause (docs/causes.md)')
    .option('--max <COUNT>', 'end after so many', wholeNumber(1))
    .option('--since <DURATION>', 'begin with those kept of the last 30s, 5m, ...')
    .option('--no-follow', 'only those kept; 5m of them without --since')
    .option('--patch', 'print the YAML that would remove a cause')
    .addOption(output('text', 'json').default('text'))
    .action(async (workload: string | undefined, options) => (await import('./commands/tap')).tap(workload, options));
  verb('top', 'show requests, errors and latencies of each workload, busiest first')
    .argument('[WORKLOAD]', '[NAMESPACE/]WORKLOAD, or an app; default: all of them')
    .addOption(oneNamespace('workloads'))
    .addOption(new Option('--by <WHAT>', 'a row for each').choices(['workload', 'edge']).default('workload'))
    .addOption(window())
    .option('--interval <SECONDS>', 'between two pictures in a terminal', wholeNumber(1, LONGEST_SECONDS), 2)
    .option('--once', 'one picture')
    .addOption(output('table', 'json').default('table'))
    .action(async (workload: string | undefined, options) => (await import('./commands/top')).top(workload, options));
  verb('graph', 'show who calls whom, how much and how well')
    .argument('[WORKLOAD]', '[NAMESPACE/]WORKLOAD, or an app, with its neighbours; default: all of them')
    .addOption(oneNamespace('workloads'))
    .addOption(window())
    .addOption(output('text', 'json', 'dot', 'mermaid').default('text'))
    .action(async (workload: string | undefined, options) => (await import('./commands/graph')).graph(workload, options));
  verb('metrics', "show a workload's golden signals, and Istio's metrics of its proxies as a table")
    .argument('<WORKLOAD>', '[NAMESPACE/]WORKLOAD, or an app')
    .addOption(oneNamespace('a workload'))
    .addOption(output('table', 'json').default('table'))
    .option('--prometheus', 'the Prometheus text of its proxies as it is')
    .action(async (workload: string, options) => (await import('./commands/metrics')).metrics(workload, options));
  verb('describe', 'say what applies to a workload or service, how it is, and what is wrong; with -f what files say, no mesh needed')
    .argument('<TARGET>', '[NAMESPACE/]NAME of a workload, app, pod or service; service/NAME and workload/NAME say which')
    .addOption(files())
    .addOption(namespace())
    .addOption(output('text', 'json').default('text'))
    .action(async (target: string, options) => (await import('./commands/describe')).describe(target, options));
  verb('report', 'say what configuration no request has reached; exits with 1 when some is dead, 4 when nothing could reach it')
    .option('--dead', 'rules, subsets and resources that no request reached since they were applied')
    .addOption(oneNamespace('configuration'))
    .option(
      '--since <DURATION>',
      'that no request reached in the last 1m, 10m, ...; what was applied later is judged since then, and marked',
    )
    .addOption(output('table', 'json').default('table'))
    .action(async (options) => (await import('./commands/report')).report(options));
  program
    .command('version')
    .description('print the version')
    .addOption(output('json', 'yaml'))
    .action(async (options) => (await import('./commands/version')).version(options));
  program.command('__supervise', { hidden: true }).action(async () => (await import('./commands/supervise')).runSupervisor());
  return program;
}

/** Runs one command line and sets the exit code. */
async function main(argv: readonly string[]): Promise<void> {
  const program = createProgram();
  try {
    if (argv[2] === 'completion' || argv[2] === 'complete') (await import('./commands/completion')).addCompletion(program);
    else program.command('completion').argument('<SHELL>', 'bash, zsh or fish').description('print a shell completion script');
    await program.parseAsync(argv as string[]);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else if (error instanceof CliError) {
      if (error.message !== '') process.stderr.write(`${err.red('error')}: ${error.message}\n`);
      process.exitCode = error.exitCode;
    } else {
      process.stderr.write(`${err.red('error')}: ${error instanceof Error ? error.message : String(error)}\n`);
      if ((process.env['LATEEN_DEBUG'] ?? '') !== '' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
      process.exitCode = isUnknownWorkload(error) ? EXIT.usage : EXIT.failure;
    }
  }
}

/** The supervisor's word for a workload that there is none of. */
function isUnknownWorkload(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'no_such_workload';
}

// A reader that has seen enough, such as `head`, ends the command, and is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});
await main(process.argv);
// A failed command may have left a connection to the supervisor open; nobody waits for it, but for what is still to be printed.
if (process.exitCode !== undefined && process.exitCode !== EXIT.ok) process.stdout.write('', () => process.exit());
