import { type Description, type Place } from '@lateen/analysis';
import { positionOf } from '@lateen/config';
import { type ResourceView } from '@lateen/observation';

/** Where the user wrote a resource of the mesh. */
export interface Written {
  readonly file: string;
  /** Where it begins. */
  readonly line: number;
  /** What the control plane knows of its lines; undefined where it does not open resources. */
  readonly view?: Pick<ResourceView, 'yaml' | 'allFindings'>;
}

/** Names of the resources that a value has places in, among those that are known by name. */
export function namesIn(value: unknown, known: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  const names = new Set<string>();
  const look = (one: unknown): void => {
    if (typeof one === 'string' && known.has(one)) names.add(one);
    else if (typeof one === 'object' && one !== null) Object.values(one).forEach(look);
  };
  look(value);
  return names;
}

/**
 * A description made from texts that were written for it, with every place where the user wrote it: problems at the lines
 * of the control plane's findings, rules, subsets and what mutual TLS is by at their own, all else where its resource begins.
 */
export function placed(description: Description, written: ReadonlyMap<string, Written>): Description {
  const { problems, virtualServices, destinationRules, mutualTls } = description;
  return located(
    {
      ...description,
      problems: problems.map(({ place, ...problem }) =>
        place === undefined ? problem : { ...problem, place: problemPlace(problem, place, written) },
      ),
      virtualServices: virtualServices.map((each) => ({
        ...each,
        rules: each.rules.map((rule) => ({ ...rule, ...fieldPlace(rule, `spec.${rule.path}`, written) })),
      })),
      destinationRules: destinationRules.map((each) => ({
        ...each,
        subsets: each.subsets.map((subset, i) => ({
          ...subset,
          line: fieldPlace({ ...each, line: subset.line }, `spec.subsets[${i}]`, written).line,
        })),
      })),
      mutualTls: mutualTls.map(({ by, ...mode }) =>
        by === undefined ? mode : { ...mode, by: { ...by, ...fieldPlace(by, by.path, written) } },
      ),
    },
    written,
  );
}

/** Where a field stands; the place as it was where nobody knows the resource. */
function fieldPlace({ file, line }: Omit<Place, 'resource'>, path: string, written: ReadonlyMap<string, Written>): Omit<Place, 'resource'> {
  const known = written.get(file);
  if (known === undefined) return { file, line };
  const { view, ...start } = known;
  if (view === undefined) return start;
  return { file: start.file, line: positionOf({ origin: { ...start, text: view.yaml } }, path).line };
}

/** Where the control plane found it; where its field stands when only we did. */
function problemPlace(
  { code, path, message }: Pick<Description['problems'][0], 'code' | 'path' | 'message'>,
  place: Place,
  written: ReadonlyMap<string, Written>,
): Place {
  const known = written.get(place.file);
  const finding = known?.view?.allFindings.find((each) => each.code === code && each.path === path && each.message === message);
  if (known === undefined || finding === undefined) return { ...place, ...fieldPlace(place, path, written) };
  return { ...place, file: known.file, line: known.line + finding.line - 1 };
}

/** A copy in which every place in a text that was made for the description is where the user's resource begins. */
export function located<T>(value: T, written: ReadonlyMap<string, Written>): T {
  if (Array.isArray(value)) return value.map((one: unknown) => located(one, written)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, one]: [string, unknown]) => [key, located(one, written)]));
  const place = typeof copy['file'] === 'string' ? written.get(copy['file']) : undefined;
  return (place === undefined ? copy : { ...copy, file: place.file, line: place.line }) as T;
}
