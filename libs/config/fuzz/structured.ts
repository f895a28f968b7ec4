import fc from 'fast-check';
import { KINDS } from '../src/kinds/catalog';
import { toYaml } from '../src/render/to-object';
import { validValues } from '../src/testing/valid-values';
import { type SeededRandom } from './random';

/** Resources that their schemas accept, as YAML or JSON, one to a few in a text. */
export function structured(random: SeededRandom): Buffer {
  const documents = Array.from({ length: 1 + random.below(3) }, () => document(random));
  return Buffer.from(documents.join('\n---\n'));
}

function document(random: SeededRandom): string {
  const kind = random.pick(KINDS);
  const apiVersion = `${kind.group === '' ? '' : `${kind.group}/`}${random.pick(kind.versions)}`;
  const [value] = fc.sample(validValues(kind.schema), { numRuns: 1, seed: random.below(2 ** 31) });
  const edited = edit(random, value);
  const body = kind.payload === 'spec' ? { spec: edited } : typeof edited === 'object' ? edited : {};
  const object = { apiVersion, kind: kind.kind, metadata: { name: random.pick(['a', 'istio', 'b-2']) }, ...body };
  if (random.below(20) === 0) return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [object, object] });
  return random.below(2) === 0 ? JSON.stringify(object) : toYaml(object);
}

const ODD: readonly unknown[] = [null, '', 'x', -1, 0, 1.5, 65_536, true, [], {}, [null], { a: 1 }, '*', '0s', 'a/b', '1e3'];

/** Changes a value somewhere inside, most of the time. */
function edit(random: SeededRandom, value: unknown): unknown {
  if (random.below(10) === 0) return random.pick(ODD);
  if (Array.isArray(value)) {
    if (value.length === 0) return value;
    const at = random.below(value.length);
    return value.map((item: unknown, i) => (i === at ? edit(random, item) : item));
  }
  if (typeof value !== 'object' || value === null) return random.below(3) === 0 ? random.pick(ODD) : value;
  const entries = Object.entries(value);
  if (entries.length === 0) return value;
  const at = random.below(entries.length);
  return Object.fromEntries(
    entries.map(([key, field], i) => [i === at && random.below(12) === 0 ? `${key}x` : key, i === at ? edit(random, field) : field]),
  );
}
