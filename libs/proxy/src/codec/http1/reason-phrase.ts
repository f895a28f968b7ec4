import { STATUS_CODES } from 'node:http';

/** Statuses that a runtime has a phrase for and Envoy has none. */
const UNKNOWN_TO_ENVOY: ReadonlySet<number> = new Set([418, 425, 509]);

const OTHERS: Readonly<Record<number, string>> = { 599: 'Last Unassigned Server Error Code' };

/** The words after a status; `Unknown` where there are none. Spec: RFC 9110 §15, Envoy `CodeUtility::toString`. */
export function reasonPhrase(status: number): string {
  return (UNKNOWN_TO_ENVOY.has(status) ? undefined : (STATUS_CODES[status] ?? OTHERS[status])) ?? 'Unknown';
}
