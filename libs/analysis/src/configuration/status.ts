import { type AnyResource } from '@lateen/config';
import { parse } from 'yaml';
import { asList, asMap, asText, dig, type Raw } from './raw';

/** One condition of a status. Spec: Kubernetes API conventions. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

const MENTIONED = /(^|\n)\s*"?status"?\s*:/;
const statuses = new WeakMap<AnyResource, Raw>();

/**
 * The status that a file holds of a resource, as `kubectl get -o yaml` prints it; empty where there is none. The library
 * drops it as no input, so the text is read again, where it mentions one.
 */
export function statusOf(resource: AnyResource): Raw {
  const known = statuses.get(resource) ?? readStatus(resource.origin.text);
  statuses.set(resource, known);
  return known;
}

function readStatus(text: string): Raw {
  if (!MENTIONED.test(text)) return {};
  try {
    return asMap(dig(parse(text, { version: '1.1', logLevel: 'silent', uniqueKeys: false }), 'status'));
  } catch {
    // What does not read as YAML by itself, such as an item that uses an anchor of its list, has no status here.
    return {};
  }
}

/** The conditions in a list of them. */
export function conditionsIn(list: unknown): readonly Condition[] {
  return asList(list)
    .map(asMap)
    .map(({ type, status, reason, message }) => ({
      type: asText(type),
      status: asText(status),
      reason: asText(reason),
      message: asText(message),
    }));
}
