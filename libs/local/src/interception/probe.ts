import { runCommand } from '../process/run-command';
import { type InterceptionKind } from './interception';

/** How to enter namespaces, or why it cannot be done here. */
export type NamespaceProbe =
  | { readonly available: true; readonly unshare: readonly [string, ...string[]]; readonly how: string }
  | { readonly available: false; readonly reason: string };

/** What was chosen, with the reason as a sentence. */
export interface InterceptionChoice {
  readonly kind: InterceptionKind;
  readonly reason: string;
  /** The command that enters namespaces; only with `namespace`. */
  readonly unshare?: readonly [string, ...string[]];
}

/** A small network of the kind the mesh uses, built and thrown away: what works here works later. */
const TRIAL = `set -e
ip link set lo up
ip link add br0 type bridge
ip link add v0 type veth peer name v1
ip link set v0 master br0 up
nft -f - <<END
table ip trial {
  chain output {
    type nat hook output priority -100; policy accept;
    tcp dport 1 redirect to :2
  }
}
END
mount --bind /etc/hosts /etc/hosts
test -d /proc/$$
`;

/** Finds out by doing whether network namespaces with capture rules can be made here, with or without root. */
export async function probeNamespaces(platform: NodeJS.Platform, isRoot: boolean): Promise<NamespaceProbe> {
  if (platform !== 'linux') return { available: false, reason: `network namespaces need Linux, this is ${platform}` };
  const rootless = { unshare: ['unshare', '-Urnmpf', '--kill-child', '--mount-proc'] as const, how: 'a user namespace, without root' };
  const attempts = isRoot
    ? [{ unshare: ['unshare', '-nmpf', '--kill-child', '--mount-proc'] as const, how: 'as root' }, rootless]
    : [rootless];
  let reason = '';
  for (const { unshare, how } of attempts) {
    const { exitCode, stderr } = await runCommand([...unshare, 'sh', '-c', TRIAL]);
    if (exitCode === 0) return { available: true, unshare, how };
    reason =
      exitCode === 127 && stderr.includes('ENOENT')
        ? 'the command "unshare" (util-linux) is missing'
        : firstLine(stderr) || `the trial network exited with ${exitCode}`;
  }
  return { available: false, reason: missingTool(reason) };
}

/** Chooses an interception; `wanted` other than `auto` is taken at its word. Throws when it cannot be had. */
export async function chooseInterception(
  wanted: 'auto' | InterceptionKind,
  probe: () => Promise<NamespaceProbe>,
): Promise<InterceptionChoice> {
  if (wanted === 'explicit') return { kind: 'explicit', reason: 'asked for: each app is told local ports by environment' };
  const found = await probe();
  if (found.available) {
    return {
      kind: 'namespace',
      unshare: found.unshare,
      reason: `${wanted === 'auto' ? 'available here' : 'asked for'} (${found.how}): a network per workload, traffic captured by nftables`,
    };
  }
  if (wanted === 'namespace') throw new Error(`Cannot use namespace interception: ${found.reason}`);
  return { kind: 'explicit', reason: `namespaces are not available (${found.reason}): each app is told local ports by environment` };
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim() ?? '';
}

/** Names the package to install where a shell only says "not found". */
function missingTool(reason: string): string {
  const tool = /(?:sh: \d+: |sh: )(\w+): not found/.exec(reason)?.[1];
  const packages: Readonly<Record<string, string>> = { ip: 'iproute2', nft: 'nftables', mount: 'mount' };
  return tool === undefined ? reason : `the command "${tool}" (package ${packages[tool] ?? tool}) is missing`;
}
