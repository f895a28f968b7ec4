import { type Cause, type RequestRecord } from '@lateen/observation';
import { RETRIES_EXHAUSTED } from '@lateen/telemetry/causes';
import { type Configuration } from '../configuration/configuration';
import { clientTls, ejected, emptySubset, idleRace, missingSubset, openCircuit } from './by-destination-rule';
import { missingCredential } from './by-gateway';
import { strictMutualTls, unknownExternal } from './by-policy';
import { directResponse, injectedFault, noRuleMatched, perTryTimeout, routeTimeout, unknownHost } from './by-rule';
import { type CauseAddition, CauseContext } from './cause-context';
import { missingHost } from './missing-host';

/** What the configuration says of each cause, by its code; the others are not about configuration. */
const ADDITIONS: Readonly<Record<string, (context: CauseContext) => CauseAddition>> = {
  fault_abort: injectedFault,
  fault_delay: injectedFault,
  client_closed_during_delay: injectedFault,
  route_timeout: routeTimeout,
  per_try_timeout: perTryTimeout,
  direct_response: directResponse,
  cluster_not_found: missingHost,
  no_rule_matched: noRuleMatched,
  no_virtual_host: unknownHost,
  subset_not_found: missingSubset,
  subset_without_endpoints: emptySubset,
  upstream_reset_idle_race: idleRace,
  circuit_open: openCircuit,
  too_many_retries: openCircuit,
  all_endpoints_ejected: ejected,
  upstream_closed_plaintext: clientTls,
  tls_plaintext_peer: clientTls,
  plaintext_to_strict_mtls: strictMutualTls,
  registry_only: unknownExternal,
  client_tls_secret_missing: missingCredential,
};

/** Codes that something can be added to, for docs/causes.md. */
export const ENRICHED_CODES: readonly string[] = Object.keys(ADDITIONS);

/**
 * A cause with where the configuration says so, and with a change that would remove it, where there is one.
 * `configuration` is best that which the request met: of another there may be nothing to point at. Pure.
 */
export function enrichCause(cause: Cause, record: RequestRecord, configuration: Configuration): Cause {
  const addition = additionTo(cause, record, configuration);
  return addition === undefined ? cause : withAddition(cause, addition);
}

/** What the configuration says of a cause, for {@link withAddition}; undefined where it says nothing. How long the request took is not asked for. */
export function additionTo(cause: Cause, record: RequestRecord, configuration: Configuration): CauseAddition | undefined {
  const context = new CauseContext(cause, record, configuration);
  const code = cause.code === RETRIES_EXHAUSTED ? context.evidence('cause of the last attempt ') : cause.code;
  return ADDITIONS[code ?? '']?.(context);
}

/** A cause with what the configuration says of it. */
export function withAddition(cause: Cause, { where, patch, evidence = [], instead }: CauseAddition): Cause {
  return {
    ...cause,
    // What all tries failed with is told with them.
    ...(instead === undefined || cause.code === RETRIES_EXHAUSTED ? {} : instead),
    evidence: [...cause.evidence, ...evidence],
    ...(where === undefined ? {} : { where }),
    ...(patch === undefined ? {} : { patch }),
  };
}
