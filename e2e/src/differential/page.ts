import { IN_FORM_ONLY } from './outcome';
import { type Area } from './row';
import { STATS_IN_FORM, STATS_NOT_COMPARED, STATS_NOT_KEPT, type StatsLeftOut } from './stats';

/** The page of documentation that says where we are not as Envoy is. */
export function differencesPage(areas: readonly Area[]): string {
  const reasoned = areas.flatMap(({ area, rows }) =>
    rows.flatMap(({ name, differs }) => (differs === undefined ? [] : [{ area, name, differs }])),
  );
  const total = areas.reduce((sum, { rows }) => sum + rows.length, 0);
  const byArea = areas.flatMap(({ area }) => {
    const own = reasoned.filter((one) => one.area === area);
    if (own.length === 0) return [];
    const reasons = [...new Set(own.map(({ differs }) => differs))];
    const lines = reasons.map((reason) => {
      const names = own.filter(({ differs }) => differs === reason).map(({ name }) => name);
      return `- ${sentence(reason)}\n${names.map((name) => `  - ${name}\n`).join('')}`;
    });
    return [`## ${area}\n\n${lines.join('')}`];
  });
  return `# Where the proxy differs from Envoy

Made from the table in \`e2e/src/differential\` (\`UPDATE_PAGE=1\` writes it); a test keeps it true. Of ${total} rows, ${total - reasoned.length} are
equal to Envoy 1.40 in what the client, the upstreams, the access log and the statistics see; ${reasoned.length} differ, each for a reason.

Compared in form only: ${IN_FORM_ONLY.map(([, , why]) => why).join('; ')}. The order of different header fields and the case of their names are not
compared, nor is how a body was cut into frames or chunks, nor whether a connection ended with a reset after its last answer.

${byArea.join('\n')}
## Statistics

What Envoy counts in \`/stats\` while the table runs, we count by the same names, but for these:

${STATS_NOT_KEPT.map(statsLine).join('')}
Kept but not compared:

${[...STATS_NOT_COMPARED, STATS_IN_FORM].map(statsLine).join('')}`;
}

function statsLine({ names, why }: StatsLeftOut): string {
  return `- \`${names}\`: ${why}.\n`;
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
