import { type PathMatch } from './model';

/** Positions of entries, ascending: lower wins. */
type Positions = number[];

/** A node of a compressed trie over what paths begin with. */
interface Node {
  /** Characters on the edge from the parent. */
  label: string;
  positions: Positions;
  children: Map<number, Node>;
}

const node = (label: string): Node => ({ label, positions: [], children: new Map() });

/**
 * Finds which of many path matches a path may satisfy, without looking at the others: exact paths by map, prefixes by
 * trie, regexes by the trie of their literal prefix.
 */
export class PathIndex {
  readonly #exact = new Map<string, Positions>();
  readonly #exactFolded = new Map<string, Positions>();
  readonly #prefixes = node('');
  readonly #prefixesFolded = node('');
  #folds = false;
  readonly #connect: Positions = [];
  // Scratch of `first`, reused: it runs to its end before anyone else can call it.
  readonly #lists: Positions[] = [];
  readonly #heads: number[] = [];

  constructor(matches: readonly PathMatch[]) {
    matches.forEach((match, position) => this.#add(match, position));
  }

  /**
   * The lowest position whose path matches and which `accept` takes, or -1.
   * `path` has neither query nor fragment.
   */
  first(path: string, isConnect: boolean, accept: (position: number) => boolean): number {
    const lists = this.#lists;
    const heads = this.#heads;
    let count = 0;
    if (isConnect) count = push(this.#connect, lists, heads, count);
    if (this.#exact.size > 0) count = push(this.#exact.get(path), lists, heads, count);
    count = walk(this.#prefixes, path, lists, heads, count);
    if (this.#folds) {
      const folded = path.toLowerCase();
      count = push(this.#exactFolded.get(folded), lists, heads, count);
      count = walk(this.#prefixesFolded, folded, lists, heads, count);
    }
    if (count === 1) return firstOf(lists[0]!, accept);
    for (;;) {
      let best = -1;
      let bestPosition = Number.MAX_SAFE_INTEGER;
      for (let i = 0; i < count; i++) {
        const list = lists[i]!;
        const head = heads[i]!;
        if (head < list.length && list[head]! < bestPosition) {
          best = i;
          bestPosition = list[head]!;
        }
      }
      if (best < 0) return -1;
      if (accept(bestPosition)) return bestPosition;
      heads[best] = heads[best]! + 1;
    }
  }

  #add(match: PathMatch, position: number): void {
    switch (match.kind) {
      case 'exact':
        if (match.caseSensitive) append(this.#exact, match.value, position);
        else this.#fold(() => append(this.#exactFolded, match.value.toLowerCase(), position));
        return;
      case 'prefix':
      case 'separatedPrefix':
        if (match.caseSensitive) insert(this.#prefixes, match.value, position);
        else this.#fold(() => insert(this.#prefixesFolded, match.value.toLowerCase(), position));
        return;
      case 'regex':
        insert(this.#prefixes, match.literalPrefix, position);
        return;
      case 'connect':
        this.#connect.push(position);
        return;
    }
  }

  #fold(add: () => void): void {
    this.#folds = true;
    add();
  }
}

/** The first position of one list that is accepted. */
function firstOf(positions: Positions, accept: (position: number) => boolean): number {
  for (let i = 0; i < positions.length; i++) if (accept(positions[i]!)) return positions[i]!;
  return -1;
}

/** Adds a list to the ones to merge; the new count. */
function push(list: Positions | undefined, lists: Positions[], heads: number[], count: number): number {
  if (list === undefined || list.length === 0) return count;
  lists[count] = list;
  heads[count] = 0;
  return count + 1;
}

/** Collects the positions of every node on the way down `path`. */
function walk(root: Node, path: string, lists: Positions[], heads: number[], count: number): number {
  let at: Node | undefined = root;
  let offset = 0;
  while (at !== undefined) {
    count = push(at.positions, lists, heads, count);
    if (offset >= path.length) break;
    const child: Node | undefined = at.children.get(path.charCodeAt(offset));
    if (child === undefined || !path.startsWith(child.label, offset)) break;
    offset += child.label.length;
    at = child;
  }
  return count;
}

/** Adds a position under a prefix, splitting an edge where two prefixes part. */
function insert(root: Node, key: string, position: number): void {
  let at = root;
  let rest = key;
  while (rest !== '') {
    const child = at.children.get(rest.charCodeAt(0));
    if (child === undefined) {
      const leaf = node(rest);
      at.children.set(rest.charCodeAt(0), leaf);
      at = leaf;
      break;
    }
    const shared = sharedLength(child.label, rest);
    if (shared < child.label.length) {
      const upper = node(child.label.slice(0, shared));
      child.label = child.label.slice(shared);
      upper.children.set(child.label.charCodeAt(0), child);
      at.children.set(upper.label.charCodeAt(0), upper);
      at = upper;
    } else at = child;
    rest = rest.slice(shared);
  }
  at.positions.push(position);
}

/** How many characters two strings begin with alike. */
function sharedLength(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  return i;
}

/** Adds to a map of lists. */
function append(map: Map<string, Positions>, key: string, position: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [position]);
  else list.push(position);
}

/** Whether a path satisfies a path match: the plain meaning, which the index only speeds up. */
export function pathMatches(match: PathMatch, path: string, isConnect: boolean): boolean {
  switch (match.kind) {
    case 'exact':
      return match.caseSensitive ? path === match.value : path.toLowerCase() === match.value.toLowerCase();
    case 'prefix':
      return match.caseSensitive ? path.startsWith(match.value) : path.toLowerCase().startsWith(match.value.toLowerCase());
    case 'separatedPrefix': {
      const begins = match.caseSensitive ? path.startsWith(match.value) : path.toLowerCase().startsWith(match.value.toLowerCase());
      return begins && (path.length === match.value.length || path[match.value.length] === '/');
    }
    case 'regex':
      return match.matcher.test(path);
    case 'connect':
      return isConnect;
  }
}
