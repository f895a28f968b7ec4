import { isFqdn, isLabel, isWildcardDomain } from './names';
import { type Place, quote, type Report, unfit } from './report';
import { checkPort } from './values';

/** A service that traffic goes to. */
export interface DestinationLike {
  readonly host?: string | undefined;
  readonly subset?: string | undefined;
  readonly port?: { readonly number?: number | undefined } | undefined;
}

/** Refuses a destination that cannot be one service. Spec: validation.md §3.10. */
export function checkDestination(report: Report, at: Place, destination: DestinationLike): void {
  const host = destination.host ?? '';
  if (host === '*') report.error('invalid_host', [...at, 'host'], 'Cannot send traffic to "*": expected the name of a service');
  else if (!isWildcardDomain(host))
    report.error('invalid_host', [...at, 'host'], unfit(host, 'a destination', 'the DNS name of a service'));
  if (destination.subset !== undefined && destination.subset !== '' && !isLabel(destination.subset)) {
    report.error('invalid_name', [...at, 'subset'], unfit(destination.subset, 'a subset', 'at most 63 letters, digits and "-"'));
  }
  if (destination.port !== undefined) checkPort(report, [...at, 'port', 'number'], destination.port.number);
}

/**
 * Refuses references to gateways that are no names. Spec: validation.md §3.9.
 * @param warnOfOldForm whether `gateway.namespace` is warned of, as Istio does only in some places.
 */
export function checkGatewayNames(report: Report, at: Place, gateways: readonly string[] | undefined, warnOfOldForm: boolean): void {
  for (const [i, gateway] of (gateways ?? []).entries()) {
    const [namespace = '', ...rest] = gateway.split('/');
    if (rest.length > 0) {
      if (!isLabel(namespace) || !isLabel(rest.join('/')))
        report.error('invalid_gateway_reference', [...at, i], unfit(gateway, 'a gateway', 'NAMESPACE/NAME, or "mesh"'));
      continue;
    }
    if (!isFqdn(gateway))
      report.error('invalid_gateway_reference', [...at, i], unfit(gateway, 'a gateway', 'a name, NAMESPACE/NAME, or "mesh"'));
    else if (warnOfOldForm && gateway.includes('.')) {
      const [name, ns] = gateway.split('.');
      report.warn(
        'deprecated_form',
        [...at, i],
        `Gateway ${quote(gateway)} is named by its host: write ${quote(`${ns ?? ''}/${name ?? ''}`)} instead`,
      );
    }
    // Istio looks no further once it met a name without a namespace.
    return;
  }
}
