import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { type Survey } from './survey';

/** A document's values, or why they cannot be had. */
export type PlainValue = { readonly value: unknown } | { readonly code: string; readonly message: string };

/** What plain values may cost. */
export interface PlainValueLimits {
  /** Values, those behind aliases and merge keys counted every time. */
  readonly maxValues: number;
  /** Aliases counted as what they stand for. */
  readonly maxDepth: number;
}

/**
 * The plain values of a document that `survey` has no objections to: mappings become objects, merge keys fill in what
 * a mapping leaves out, and what aliases stand for is shared. The YAML library does the same in time that is
 * exponential in nested merge keys and in the product of aliases and nodes.
 */
export function plainValue(document: Document, targets: Survey['targets'], limits: PlainValueLimits): PlainValue {
  try {
    const value = new Converter(targets, limits.maxValues).convert(document.contents);
    const cost = measure(value, limits);
    if (cost === 'deep') throw new Refusal('too_deep', `values are nested more than ${limits.maxDepth} deep`);
    if (cost === 'large') throw new Refusal('too_large', `it has more than ${limits.maxValues} values`);
    return { value };
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, message: `Cannot read the document: ${error.message}` };
    throw error;
  }
}

/** Whether a key is YAML 1.1's `<<`, which quotes make an ordinary one. */
export function isMergeKey(key: unknown): boolean {
  if (!isScalar(key)) return false;
  return typeof key.value === 'symbol' || (key.value === '<<' && (key.type === undefined || key.type === 'PLAIN'));
}

/** What a key is called in the plain value. */
export function keyText(key: Scalar): string {
  return key.value === null || key.value === undefined ? '' : String(key.value);
}

class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Walks nodes in document order, in which an anchor comes before its aliases; nesting is bounded by `survey`. */
class Converter {
  /** Values of nodes that aliases stand for; undefined while one is being converted. */
  private readonly shared = new Map<Node, { readonly value: unknown } | undefined>();
  private merged = 0;

  constructor(
    private readonly targets: Survey['targets'],
    private readonly maxMerged: number,
  ) {}

  convert(node: unknown): unknown {
    if (isAlias(node)) {
      const target = this.targets.get(node);
      const known = target === undefined ? undefined : this.shared.get(target);
      if (known === undefined)
        throw new Refusal('invalid_alias', `the alias ${JSON.stringify(node.source.slice(0, 80))} stands inside its own anchor`);
      return known.value;
    }
    if (isScalar(node)) return this.keep(node, node.value);
    if (isSeq(node)) {
      if (node.anchor !== undefined) this.shared.set(node, undefined);
      return this.keep(
        node,
        node.items.map((item) => this.convert(item)),
      );
    }
    if (isMap(node)) {
      if (node.anchor !== undefined) this.shared.set(node, undefined);
      return this.keep(node, this.mapping(node));
    }
    return null;
  }

  private keep(node: Node & { readonly anchor?: string }, value: unknown): unknown {
    if (node.anchor !== undefined) this.shared.set(node, { value });
    return value;
  }

  private mapping(node: YAMLMap): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const own = new Set<string>();
    for (const pair of node.items as readonly Pair[]) {
      if (isMergeKey(pair.key)) this.merge(object, own, this.convert(pair.value));
      else if (isScalar(pair.key)) {
        const key = keyText(pair.key);
        own.add(key);
        object[key] = this.convert(pair.value);
      }
    }
    return object;
  }

  /** Of several sources the first that has a key gives it. */
  private merge(object: Record<string, unknown>, own: ReadonlySet<string>, source: unknown): void {
    for (const part of Array.isArray(source) ? (source as unknown[]) : [source]) {
      if (typeof part !== 'object' || part === null || Array.isArray(part))
        throw new Refusal('invalid_merge', 'the key "<<" takes a mapping, an alias of one, or a list of them');
      const entries = Object.entries(part);
      this.merged += entries.length + 1;
      if (this.merged > this.maxMerged) throw new Refusal('too_large', `its keys "<<" fill in more than ${this.maxMerged} values`);
      for (const [key, value] of entries) if (!own.has(key) && !Object.hasOwn(object, key)) object[key] = value;
    }
  }
}

/** Counts values as a reader of the result meets them, those behind aliases every time. */
function measure(value: unknown, limits: PlainValueLimits): 'fine' | 'deep' | 'large' {
  let values = 0;
  const pending: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.depth > limits.maxDepth) return 'deep';
    if (typeof next.value !== 'object' || next.value === null) continue;
    const children = Object.values(next.value);
    values += children.length;
    if (values > limits.maxValues) return 'large';
    for (const child of children) pending.push({ value: child, depth: next.depth + 1 });
  }
  return 'fine';
}
