import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../process/run-command';
import { type Command, type Interception, type NetworkRequest, type Part, type ProxyPorts, type WorkloadNetwork } from './interception';
import { captureRules } from './nft-rules';

/** The mesh's own address: bridge, control plane. */
const SWITCH = '10.44.0.1';
/** Covers the pods (10.44.0.0/16) and their apps' own source addresses (10.45.0.0/16). */
const PREFIX = 15;
/** The name server apps are told; capture answers for it. Below 10.96.0.10, where addresses of services begin. */
const DNS = '10.96.0.2';
const XDS_PORT = 15_012;

const PORTS: ProxyPorts = {
  admin: 15_000,
  outbound: 15_001,
  inbound: 15_006,
  mergedMetrics: 15_020,
  health: 15_021,
  dns: 15_053,
  metrics: 15_090,
};

/**
 * A network namespace per workload on one bridge, inside the namespaces this process already runs in (`unshare`): nothing
 * is visible in the host's network, and all of it ends with this process.
 */
export class NamespaceInterception implements Interception {
  readonly kind = 'namespace';
  readonly needsHostSockets = true;
  readonly xdsAddress = `${SWITCH}:${XDS_PORT}`;
  readonly controlPlane = {
    admin: '127.0.0.1:15080',
    metrics: '127.0.0.1:15014',
    xdsPlaintext: '127.0.0.1:15010',
    xds: [`${SWITCH}:${XDS_PORT}`, `127.0.0.1:${XDS_PORT}`],
  };
  readonly #directory: string;
  #next = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Builds the bridge. `directory` becomes a private mount point for the namespaces' handles. Rejects when refused. */
  static async create(directory: string): Promise<NamespaceInterception> {
    mkdirSync(directory, { recursive: true });
    await must('build the bridge', [
      'sh',
      '-ec',
      `mount -t tmpfs -o size=1m tmpfs "$1"
ip -batch - <<END
link set lo up
link add br0 type bridge
addr add ${SWITCH}/${PREFIX} dev br0
link set br0 up
END`,
      'sh',
      directory,
    ]);
    return new NamespaceInterception(directory);
  }

  async attach(request: NetworkRequest): Promise<WorkloadNetwork> {
    // 10.44.0.1 is the switch; a mesh of more than 65,000 starts would have to reuse addresses.
    const index = 10 + this.#next++;
    const suffix = `${index >> 8}.${index & 255}`;
    const address = `10.44.${suffix}`;
    const appSource = `10.45.${suffix}`;
    const link = `p${index}`;
    const handle = join(this.#directory, link);
    const resolvConf = join(this.#directory, `${link}.resolv.conf`);
    const proxyResolvConf = join(this.#directory, 'proxy.resolv.conf');
    writeFileSync(handle, '');
    writeFileSync(
      resolvConf,
      `nameserver ${DNS}\nsearch ${request.namespace}.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n`,
    );
    // Nothing answers there, so a name that the agent forwards fails at once instead of after a time-out.
    writeFileSync(proxyResolvConf, `nameserver ${SWITCH}\noptions timeout:1 attempts:1\n`);
    const rules =
      request.role === 'sidecar'
        ? captureRules({
            podAddress: address,
            switchAddress: SWITCH,
            dnsAddress: DNS,
            outboundPort: PORTS.outbound,
            inboundPort: PORTS.inbound,
            dnsPort: PORTS.dns ?? 53,
            directPorts: [15_008, PORTS.mergedMetrics, PORTS.health, PORTS.metrics],
          })
        : '';
    await must(`build the network of ${request.namespace}/${request.pod}`, [
      'sh',
      '-ec',
      `unshare --net="$1" true
ip link add "$2" type veth peer name eth0 netns "$1"
ip link set "$2" master br0 up
exec nsenter --net="$1" sh -ec 'ip -batch - <<END
link set lo up
addr add ${address}/${PREFIX} dev eth0 noprefixroute
addr add ${appSource}/32 dev lo
link set eth0 up
route add 10.44.0.0/${PREFIX} dev eth0 src ${appSource}
route add default via ${SWITCH} src ${appSource}
route replace local ${address} dev lo table local proto kernel scope host src ${appSource}
END
nft -f - <<END
${rules}
END'`,
      'sh',
      handle,
      link,
    ]);
    return {
      address,
      proxyPorts: request.role === 'sidecar' ? PORTS : { ...PORTS, dns: undefined },
      capture: { mode: 'REDIRECT', sourceAddress: address },
      appPort: (port) => port,
      endpointPort: () => undefined,
      appEnvironment: () => ({}),
      place: (command, part) => placeIn(handle, part === 'app' ? resolvConf : proxyResolvConf, command, part),
      release: async () => {
        await must(`take down the network of ${request.namespace}/${request.pod}`, [
          'sh',
          '-ec',
          'ip link del "$2"; umount "$1"; rm -f "$1" "$3"',
          'sh',
          handle,
          link,
          resolvConf,
        ]);
      },
    };
  }

  close(): Promise<void> {
    // Namespaces, bridge and mounts end with this process; there is nothing outside to undo.
    return Promise.resolve();
  }
}

/** The command inside a network namespace, with its own resolv.conf. */
function placeIn(handle: string, resolvConf: string, command: Command, _part: Part): Command {
  const script = `mount --bind "$0" "$(readlink -f /etc/resolv.conf)" && exec "$@"`;
  return { ...command, argv: ['nsenter', `--net=${handle}`, '--', 'unshare', '-m', 'sh', '-c', script, resolvConf, ...command.argv] };
}

/** Runs a set-up command and throws with its own words when it fails. */
async function must(what: string, argv: readonly [string, ...string[]]): Promise<void> {
  const { exitCode, stderr } = await runCommand(argv);
  if (exitCode !== 0) throw new Error(`Cannot ${what}: ${stderr.trim() || `exit code ${exitCode}`}`);
}
