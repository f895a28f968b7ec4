import { matches, selectorText } from './workloads';

type Labels = Readonly<Record<string, string>>;

/** Things with equal selectors. */
export interface SelectorGroup<T> {
  readonly selector: Labels;
  readonly members: T[];
}

/** Pairs of a selector up to which its parts are looked up; of more, every group is compared. */
const MOST_PAIRS = 8;

/** Groups by equal selectors, keys in any order. */
export function groupBySelector<T>(list: Iterable<T>, selectorOf: (one: T) => Labels): readonly SelectorGroup<T>[] {
  const groups = new Map<string, SelectorGroup<T>>();
  for (const one of list) {
    const selector = selectorOf(one);
    const text = selectorText(selector);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { selector, members: [one] });
    else group.members.push(one);
  }
  return [...groups.values()];
}

/**
 * The groups whose selectors ask for part of what each group's asks for; never itself. Costs the parts of a selector,
 * which are few, however many groups there are.
 */
export function widerGroups<T>(groups: readonly SelectorGroup<T>[]): ReadonlyMap<SelectorGroup<T>, readonly SelectorGroup<T>[]> {
  const byText = new Map(groups.map((group) => [selectorText(group.selector), group]));
  return new Map(
    groups.map((group) => {
      const pairs = Object.entries(group.selector);
      const parts =
        pairs.length > MOST_PAIRS || 2 ** pairs.length > groups.length
          ? groups.filter(({ selector }) => matches(group.selector, selector))
          : partsOf(pairs).flatMap((part) => byText.get(selectorText(Object.fromEntries(part))) ?? []);
      return [group, parts.filter((other) => other !== group)];
    }),
  );
}

function partsOf(pairs: readonly (readonly [string, string])[]): readonly (readonly (readonly [string, string])[])[] {
  return Array.from({ length: 2 ** pairs.length }, (_, bits) => pairs.filter((_pair, i) => (bits & (1 << i)) !== 0));
}
