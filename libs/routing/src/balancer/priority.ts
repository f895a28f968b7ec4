/** What a priority level has. */
export interface LevelHealth {
  readonly hosts: number;
  readonly usable: number;
}

/** A level's share of traffic (0–100, whole percent), and whether it uses all its hosts for want of usable ones. */
export interface LevelLoad {
  readonly percent: number;
  readonly panic: boolean;
}

/**
 * Spreads traffic over priority levels: the first takes what its health allows, the next what is left.
 * Spec: Envoy "Priority levels" and "Panic threshold".
 */
export function priorityLoads(
  levels: readonly LevelHealth[],
  overprovisioningFactor: number,
  panicThreshold: number,
): readonly LevelLoad[] {
  const health = levels.map(({ hosts, usable }) =>
    hosts === 0 ? 0 : Math.min(100, Math.floor((overprovisioningFactor * usable) / hosts)),
  );
  const total = Math.min(
    100,
    health.reduce((sum, h) => sum + h, 0),
  );
  const panics = levels.map(
    ({ hosts, usable }) => total < 100 && hosts > 0 && panicThreshold > 0 && (usable * 100) / hosts < panicThreshold,
  );
  // All levels with hosts in panic: Envoy spreads by their number of hosts.
  const populated = levels.filter(({ hosts }) => hosts > 0).length;
  if (populated > 0 && panics.filter(Boolean).length === populated) return sharesByHosts(levels);
  if (total === 0) return levels.map((_, i) => ({ percent: i === 0 ? 100 : 0, panic: panics[i] ?? false }));
  return sharesByHealth(health, total, panics);
}

/** Every level by its number of hosts, in panic. */
function sharesByHosts(levels: readonly LevelHealth[]): readonly LevelLoad[] {
  const all = levels.reduce((sum, { hosts }) => sum + hosts, 0);
  let left = 100;
  return levels.map(({ hosts }, i) => {
    const percent = i === levels.length - 1 ? left : Math.min(left, Math.floor((hosts * 100) / all));
    left -= percent;
    return { percent, panic: hosts > 0 };
  });
}

/** Healthy levels in order until all is given away; rounding goes to the first that has any health. */
function sharesByHealth(health: readonly number[], total: number, panics: readonly boolean[]): readonly LevelLoad[] {
  let left = 100;
  const percents = health.map((h) => {
    const percent = Math.min(left, Math.floor((h * 100) / total));
    left -= percent;
    return percent;
  });
  const first = health.findIndex((h) => h > 0);
  return percents.map((percent, i) => ({ percent: i === first ? percent + left : percent, panic: panics[i] ?? false }));
}
