import { analyze, indexConfiguration, readConfiguration } from '@lateen/analysis';
import { generateInput } from './input';

/** What one process has measured. */
export interface Measurement {
  readonly resources: number;
  readonly lines: number;
  readonly megabytes: number;
  /** Reading, checking shapes and the rules of every kind. */
  readonly parseSeconds: number;
  /** Every analyzer over the whole, from a fresh index; it checks the rules of every kind once more. */
  readonly analyzeSeconds: number;
  readonly peakMegabytes: number;
  readonly findings: number;
}

/**
 * One size in a process of its own: `measure.mjs RESOURCES [WARM_UP]`, the result as JSON on standard output.
 * With WARM_UP resources looked at first, compilers are warm, as in a control plane; without, as in a command.
 */
const [size = '100', warmUp = '0'] = process.argv.slice(2);
for (let done = 0; done < Number(warmUp); done += 500) measure(500);
// Of small sizes several rounds, so that one collection of garbage does not decide.
const rounds = Number(warmUp) > 0 ? Math.max(1, Math.min(9, Math.floor(2000 / Number(size)))) : 1;
const all = Array.from({ length: rounds }, () => measure(Number(size)));
all.sort((a, b) => a.parseSeconds + a.analyzeSeconds - b.parseSeconds - b.analyzeSeconds);
process.stdout.write(JSON.stringify(all[Math.floor(all.length / 2)]));

function measure(resources: number): Measurement {
  const input = generateInput(resources);
  const start = process.hrtime.bigint();
  const read = readConfiguration(input.files);
  const judged = analyze(indexConfiguration(read.resources), { analyzers: ['schema'] }, read.findings);
  const parsed = process.hrtime.bigint();
  const { findings } = analyze(indexConfiguration(read.resources), {}, read.findings);
  const analyzed = process.hrtime.bigint();
  if (read.parseErrors.length > 0 || judged.findings.some(({ level }) => level === 'Error'))
    throw new Error(`The generated input is wrong: ${JSON.stringify(read.parseErrors[0] ?? judged.findings[0])}`);
  return {
    resources: input.resources,
    lines: input.lines,
    megabytes: input.files.reduce((sum, { text }) => sum + text.length, 0) / 1e6,
    parseSeconds: Number(parsed - start) / 1e9,
    analyzeSeconds: Number(analyzed - parsed) / 1e9,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    findings: findings.length,
  };
}
