import { type Kind } from './testing/compare';

/** One way in which we differ from Pilot. */
export interface KnownDifference {
  readonly kind: Kind;
  /** Matched against `CASE/PROXY: RESOURCE › FIELD`. */
  readonly where: RegExp;
  readonly reason: string;
}

/** At most thirty; each has to be needed. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    kind: 'routes',
    where: /^02-http-routes\/[^:]+: 9090 › virtualHosts\[api\.default\.svc\.cluster\.local:9090\]\.routes\[\d+\]\.redirect\.portRedirect$/,
    reason: 'FROM_REQUEST_PORT: a redirect action does not know the port of its listener here; on port 80 both say nothing',
  },
];
