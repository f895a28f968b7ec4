import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { KNOWN_DIFFERENCES } from './known-differences';
import { compareProxy, type Difference, KINDS } from './testing/compare';
import { CASES, ours, pilots, proxiesOf, referenceFolder } from './testing/reference';

const workspace = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const root = referenceFolder(workspace, process.env['LATEEN_REFERENCE']);
const compareWithPilot = root === undefined ? describe.skip : describe;
const MIN_PERCENT_ALIKE = 95;
const MAX_KNOWN = 30;

compareWithPilot("what Istio's Pilot makes of the same files (skipped without ../shared/reference)", () => {
  const proxies = root === undefined ? [] : CASES.flatMap((folder) => proxiesOf(root, folder));
  const compared = new Map<string, ReturnType<typeof compareProxy>>();
  const comparisonOf = (proxy: (typeof proxies)[number]): ReturnType<typeof compareProxy> => {
    const known = compared.get(proxy.name);
    if (known !== undefined) return known;
    const result = compareProxy(ours(root ?? '', proxy), pilots(root ?? '', proxy));
    compared.set(proxy.name, result);
    return result;
  };
  const isKnown = (proxy: string, { kind, path }: Difference): boolean =>
    KNOWN_DIFFERENCES.some((known) => known.kind === kind && known.where.test(`${proxy}: ${path}`));

  it.each(proxies)('$name differs only where it is meant to', (proxy) => {
    const unexpected = comparisonOf(proxy).flatMap(({ differences }) =>
      differences.filter((difference) => !isKnown(proxy.name, difference)),
    );
    expect(unexpected.slice(0, 20)).toEqual([]);
  });

  it(`has at least ${MIN_PERCENT_ALIKE} % of the leaves of each kind alike`, () => {
    const lines = KINDS.map((kind) => {
      const all = proxies.flatMap((proxy) => comparisonOf(proxy).filter((comparison) => comparison.kind === kind));
      const alike = all.reduce((sum, comparison) => sum + comparison.alike, 0);
      const total = all.reduce((sum, comparison) => sum + comparison.total, 0);
      return { kind, alike, total, percent: (100 * alike) / total };
    });
    const table = lines.map(
      ({ kind, alike, total, percent }) =>
        `${kind.padEnd(10)} ${String(alike).padStart(6)} of ${String(total).padStart(6)} leaves alike, ${percent.toFixed(2)} %`,
    );
    process.stdout.write(
      `Compared with Pilot, ${proxies.length} proxies:\n  ${table.join('\n  ')}\n  differences that are meant: ${KNOWN_DIFFERENCES.length} (at most ${MAX_KNOWN})\n`,
    );
    for (const { percent } of lines) expect(percent).toBeGreaterThanOrEqual(MIN_PERCENT_ALIKE);
  });

  it(`has at most ${MAX_KNOWN} differences that are meant, each of them needed`, () => {
    const paths = proxies.flatMap((proxy) =>
      comparisonOf(proxy).flatMap(({ kind, differences }) => differences.map(({ path }) => ({ kind, text: `${proxy.name}: ${path}` }))),
    );
    const unneeded = KNOWN_DIFFERENCES.filter((known) => !paths.some(({ kind, text }) => kind === known.kind && known.where.test(text)));
    expect(unneeded.map(({ reason }) => reason)).toEqual([]);
    expect(KNOWN_DIFFERENCES.length).toBeLessThanOrEqual(MAX_KNOWN);
  });
});
