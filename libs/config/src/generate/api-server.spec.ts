import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { parse, parseAllDocuments } from 'yaml';
import { KINDS } from '../kinds/catalog';
import { type KindDefinition } from '../kinds/kind';
import { type Answer, type ApiServer, apiServerBinary, type Json, startApiServer } from '../testing/api-server';
import { celCase } from '../testing/cel-cases';
import { fullValue } from '../testing/full-value';
import { referenceCrds, referenceFolder } from '../testing/reference-crds';
import { type Place, places, put, valueAt } from '../testing/schema-places';
import { validValues } from '../testing/valid-values';

const root = join(import.meta.dirname, '../../../..');
const kinds = KINDS.filter((k) => k.group.endsWith('.istio.io'));
const theirCrds = referenceCrds('istio-crds.yaml');
/** Enough for every field that excludes another to have its turn, and every name of an enumeration. */
const VARIANTS = [...Array(12).keys()];

let count = 0;
const objectOf = ({ group, kind, versions }: KindDefinition, spec: unknown, version = versions[0] ?? ''): Json => ({
  apiVersion: `${group}/${version}`,
  kind,
  metadata: { name: `a${count++}` },
  spec,
});

const fullSpecs = (definition: KindDefinition): readonly Json[] => VARIANTS.map((variant) => fullValue(definition.schema, variant) as Json);

interface Crd {
  readonly spec: {
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: { readonly properties: { readonly spec: Json } } } }[];
  };
}
const crdOf = ({ plural, group }: KindDefinition): Json =>
  parse(readFileSync(join(root, `deploy/crds/${plural}.${group}.yaml`), 'utf8')) as Json;
const schemasOf = (definition: KindDefinition): readonly Json[] =>
  (crdOf(definition) as unknown as Crd).spec.versions.map(({ schema }) => schema.openAPIV3Schema.properties.spec);

/** Every document of the folders, as the user wrote it. */
function documentsIn(...folders: readonly string[]): readonly Json[] {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('.yaml'))
    .flatMap((path) => parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as Json | null))
    .filter((document) => document !== null);
}
const isOf = (document: Json, group: string): boolean => String(document['apiVersion']).split('/')[0]?.endsWith(group) === true;

/** What an API server says of an object: why it is refused, or the spec it keeps. */
interface Verdict {
  readonly causes: readonly string[];
  readonly spec?: unknown;
}
const verdictOf = (answer?: Answer): Verdict =>
  answer?.accepted === true ? { causes: [], spec: answer.body['spec'] } : { causes: answer?.causes ?? [] };
const told = ({ causes, spec }: Verdict): string =>
  causes.length === 0 ? `keeps ${JSON.stringify(spec).slice(0, 200)}` : causes.join('; ');

const present = existsSync(apiServerBinary);
const suite = present ? describe : describe.skip;
if (!present) console.warn(`A real API server is passed over: there is no ${apiServerBinary} (node tools/peers/install-api-server.mjs)`);
const withOriginal = theirCrds.length === 0 ? it.skip : it;

describe.each(kinds.map((definition) => ({ kind: definition.kind, definition })))('the definition of $kind', ({ definition }) => {
  const [schema = {}, ...others] = schemasOf(definition);
  it('has the same schema in every version, so that none prunes what another keeps', () => {
    expect(others).toHaveLength(definition.versions.length - 1);
    for (const other of others) expect(other).toEqual(schema);
  });

  it('has every field in some object that sets all it can', () => {
    const full = fullSpecs(definition);
    const missing = [...places(schema)].filter(({ path }) => !full.some((spec) => valueAt(spec, path) !== undefined));
    expect(missing.map(({ path }) => path.join('.'))).toEqual([]);
  });
});

// A busy machine is not a failure.
jest.setTimeout(120_000);
suite('a real API server takes our definitions', () => {
  let ours: ApiServer;
  let theirs: ApiServer | undefined;
  const established = new Map<string, Json>();
  beforeAll(async () => {
    ours = await startApiServer();
    theirs = theirCrds.length === 0 ? undefined : await startApiServer();
    // All of them at once: a server holds back the first objects of a kind for two seconds after it is established.
    await Promise.all([
      ...kinds.map(async (definition) => established.set(definition.kind, await ours.define(crdOf(definition)))),
      ...[...theirCrds, ...referenceCrds('gateway-api-crds.yaml')].map((crd) => theirs?.define(crd)),
    ]);
  });
  afterAll(async () => {
    await ours[Symbol.asyncDispose]();
    await theirs?.[Symbol.asyncDispose]();
  });

  /** What both say of one object, and keep of it; the other's word is ours where its definitions are not at hand. */
  const judge = async (object: Json): Promise<{ ours: Verdict; theirs: Verdict }> => {
    const [mine, other] = await Promise.all([ours, theirs ?? ours].map((server) => server.create(object, { dryRun: true })));
    return { ours: verdictOf(mine), theirs: verdictOf(other) };
  };

  describe.each(kinds.map((definition) => ({ kind: definition.kind, definition })))('$kind', ({ definition }) => {
    const { versions } = definition;
    const full = fullSpecs(definition);
    const [schema = {}] = schemasOf(definition);

    it('is established, and structural', () => {
      const { conditions } = established.get(definition.kind)?.['status'] as {
        readonly conditions: readonly { readonly type: string; readonly status: string }[];
      };
      expect(conditions.map(({ type, status }) => `${type} ${status}`).sort()).toEqual(['Established True', 'NamesAccepted True']);
    });

    it.each(versions)('keeps every field of %s, and reads alike in every version', async (version) => {
      for (const spec of full) {
        const object = objectOf(definition, spec, version);
        expect(await ours.create(object)).toMatchObject({ causes: [], body: { spec } });
        for (const other of versions) expect((await ours.read(object, other)).body['spec']).toEqual(spec);
        if (theirs !== undefined) expect(await theirs.create(object)).toMatchObject({ causes: [], body: { spec } });
      }
    });

    const ruled = [...places(schema)].flatMap((place) =>
      place.rules.map((rule) => ({ rule, message: rule.message, place, at: place.label })),
    );
    if (ruled.length > 0)
      it.each(ruled)('refuses at $at by: $message', async ({ rule, message, place, at }) => {
        const { path } = place;
        const good = full.filter((spec) => valueAt(spec, path) !== undefined);
        const { bad } = celCase(
          rule,
          good.map((spec) => valueAt(spec, path)),
        );
        const spec = put(good[0], path, bad(valueAt(good[0], path)));
        for (const version of versions) {
          const said = await judge(objectOf(definition, spec, version));
          expect(said.ours.causes.filter((cause) => cause.startsWith(`${at}:`)).join('\n')).toContain(message);
          expect(said.theirs.causes.filter((cause) => cause.startsWith(`${at}:`))).not.toEqual([]);
        }
      });

    withOriginal('agrees with the original on every value out of the ordinary', async () => {
      const differences: string[] = [];
      for (const { path, label, isRead, oddities } of oncePerField([...places(schema)])) {
        const spec = full.find((one) => valueAt(one, path) !== undefined);
        const said = await Promise.all(oddities.map((value) => judge(objectOf(definition, put(spec, path, value)))));
        for (const [i, { ours: mine, theirs: other }] of said.entries()) {
          // The original lets a rule read text of any length.
          const tooLong = isRead && mine.causes.some((cause) => cause.includes(': Too long: '));
          if (!tooLong && !isDeepStrictEqual(mine.spec, other.spec))
            differences.push(`${label} = ${String(JSON.stringify(oddities[i])).slice(0, 60)}: ours ${told(mine)}, theirs ${told(other)}`);
        }
      }
      expect(differences).toEqual([]);
    });

    it('prunes nothing that the schema accepts, and judges it as the original', async () => {
      await fc.assert(
        fc.asyncProperty(validValues(definition.schema), async (spec) => {
          const object = objectOf(definition, JSON.parse(JSON.stringify(spec)));
          const said = await judge(object);
          expect(said.ours.causes.filter((cause) => cause.includes('unknown field'))).toEqual([]);
          if (said.ours.causes.length === 0) expect(said.ours.spec).toEqual(object['spec']);
          if (!isDeepStrictEqual(said.ours.spec, said.theirs.spec))
            throw new Error(`They disagree: ours ${told(said.ours)}, theirs ${told(said.theirs)}`);
        }),
        { numRuns: 50, interruptAfterTimeLimit: 3000 },
      );
    });
  });

  const samples = documentsIn(join(root, 'samples'), join(referenceFolder, 'istiod'));
  it('takes every sample as it is, and keeps all of it', async () => {
    const istio = samples.filter((document) => isOf(document, '.istio.io'));
    expect(istio.length).toBeGreaterThan(0);
    for (const document of istio) {
      const object = { ...document, metadata: { ...(document['metadata'] as Json), namespace: 'default', name: `a${count++}` } };
      expect(await ours.create(object)).toMatchObject({ causes: [], body: { spec: document['spec'] } });
    }
  });
  withOriginal("takes the samples of the Gateway API by that API's own definitions", async () => {
    for (const document of samples.filter((one) => isOf(one, 'gateway.networking.k8s.io'))) {
      const object = { ...document, metadata: { ...(document['metadata'] as Json), namespace: undefined, name: `a${count++}` } };
      expect(await theirs?.create(object)).toMatchObject({ causes: [] });
    }
  });
});

/** The places without those that say the same of a field of the same name, as the many traffic policies of a DestinationRule do. */
function oncePerField(all: readonly Place[]): readonly Place[] {
  return [...new Map(all.map((place) => [JSON.stringify([place.path.at(-1), place.rules, place.oddities]), place])).values()];
}
