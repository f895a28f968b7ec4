import { type Alias, type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node } from 'yaml';

/** One thing that makes a document unreadable although it is YAML, at an offset in its file. */
export interface Objection {
  readonly code: string;
  readonly message: string;
  readonly offset: number;
}

/** What one pass over a document's nodes shows. */
export interface Survey {
  readonly objections: readonly Objection[];
  /** The node each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

/** How many names a document may give to nodes; looking one up takes a pass over all of them. */
const MAX_ANCHORS = 10_000;

/**
 * Finds repeated keys, keys that are no text, and what each alias stands for, in time linear in the document:
 * the YAML library compares every key with every other, and looks through the whole document for each alias.
 */
export function survey(document: Document, limits: { readonly maxAliases: number; readonly maxDepth: number }): Survey {
  const objections: Objection[] = [];
  const targets = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  let anchorCount = 0;
  const object = (code: string, message: string, node: unknown): void => {
    objections.push({ code, message, offset: isNode(node) ? (node.range?.[0] ?? 0) : 0 });
  };
  // A stack popped last in, first out, children pushed in reverse: document order, in which anchors count.
  const pending: { readonly node: unknown; readonly depth: number }[] = [{ node: document.contents, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, depth } = next;
    if (depth > limits.maxDepth) {
      object('too_deep', `Cannot read the document: values are nested more than ${limits.maxDepth} deep`, node);
      break;
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined)
        object(
          'invalid_alias',
          `Cannot resolve the alias ${JSON.stringify(node.source.slice(0, 80))}: no anchor before it has this name`,
          node,
        );
      else targets.set(node, target);
      continue;
    }
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) {
      anchors.set(node.anchor, node);
      anchorCount++;
    }
    if (isSeq(node)) {
      for (let i = node.items.length - 1; i >= 0; i--) pending.push({ node: node.items[i], depth: depth + 1 });
    } else if (isMap(node)) {
      const seen = new Set<string>();
      for (const { key } of node.items) {
        if (isScalar(key)) {
          // Keys become text: 1 and "1" are the same.
          const text = String(key.value ?? '');
          if (text === '__proto__') object('invalid_key', 'Cannot read the key "__proto__": no field has this name', key);
          if (seen.has(text)) object('duplicate_key', `The same key is given twice: ${JSON.stringify(text.slice(0, 80))}`, key);
          seen.add(text);
        } else if (isNode(key)) {
          object('invalid_key', 'Cannot read a key that is a list or a mapping: keys are text', key);
        }
      }
      for (let i = node.items.length - 1; i >= 0; i--) {
        pending.push({ node: node.items[i]?.value, depth: depth + 1 });
        pending.push({ node: node.items[i]?.key, depth: depth + 1 });
      }
    }
  }
  if (targets.size > limits.maxAliases || anchorCount > MAX_ANCHORS) {
    objections.push({
      code: 'invalid_alias',
      message: `Cannot read the document: it has ${targets.size} aliases and ${anchorCount} anchors, more than ${limits.maxAliases} and ${MAX_ANCHORS}`,
      offset: 0,
    });
  }
  return { objections, targets };
}
