import { type LoadTool } from './load';
import { memoryOf, pause } from './processes';
import { type MemoryRow } from './rows';
import { type KeyPair, type Subject } from './subject';

const CONNECTIONS = 3000;
/** Buffers, pools, compiled code and a heap's first growth are there before the connections that count. */
const FIRST_CONNECTIONS = 1000;
/** Time to give back what is not needed. */
const SETTLE_MS = 1500;

/** What subjects hold idle, and for each idle connection. Before any load: a heap that has grown hides connections. */
export async function idleMemory(subjects: readonly Subject[], tool: LoadTool): Promise<readonly MemoryRow[]> {
  const rows: MemoryRow[] = [];
  for (const subject of subjects) {
    const target = subject.target('h1-plain-1');
    if (target === undefined || subject.name === 'direct') continue;
    const first = await tool.hold(target, FIRST_CONNECTIONS);
    await first.stop();
    await pause(SETTLE_MS);
    const idle = memoryOf(target.pids());
    const idleConnectionKb = await perConnection(tool, target);
    const { tls } = subject;
    rows.push({
      subject: subject.name,
      idleResidentMb: idle.residentMb,
      idlePrivateMb: idle.privateMb,
      idleConnectionKb,
      ...(tls === undefined ? {} : { idleTlsConnectionKb: await perConnection(tool, tls, tls.identity) }),
    });
  }
  return rows;
}

/** What subjects hold in a world of many clusters, once it has settled. */
export async function clusterMemory(subjects: readonly Subject[]): Promise<readonly MemoryRow[]> {
  await pause(SETTLE_MS);
  return subjects.flatMap((subject) => {
    const target = subject.target('h1-plain-1');
    if (target === undefined || subject.name === 'direct') return [];
    const { residentMb, privateMb } = memoryOf(target.pids());
    return [{ subject: subject.name, clusters1000ResidentMb: residentMb, clusters1000PrivateMb: privateMb }];
  });
}

/** Rows of one subject joined into one. */
export function joinMemory(rows: readonly MemoryRow[]): readonly MemoryRow[] {
  const joined = new Map<string, MemoryRow>();
  for (const row of rows) joined.set(row.subject, { ...joined.get(row.subject), ...row });
  return [...joined.values()];
}

/** Kilobytes of private memory that each of many idle connections adds. */
async function perConnection(
  tool: LoadTool,
  target: { readonly port: number; readonly pids: () => readonly number[]; readonly host?: string },
  identity?: KeyPair,
): Promise<number> {
  const first = await tool.hold(target, FIRST_CONNECTIONS, identity);
  await pause(SETTLE_MS);
  const before = memoryOf(target.pids()).privateMb;
  const rest = await tool.hold(target, CONNECTIONS, identity);
  await pause(SETTLE_MS);
  const kb = ((memoryOf(target.pids()).privateMb - before) * 1024) / CONNECTIONS;
  await Promise.all([first.stop(), rest.stop()]);
  return kb;
}
