import { type L4MatchAttributes, type TLSMatchAttributes } from '@lateen/config';
import { namesSubnets } from '@lateen/mesh';

/** Whether every connection that `later` fits, `first` fits too. Says no when in doubt, and of addresses, which nothing matches by. */
export function connectionMatchCovers(
  first: TLSMatchAttributes | L4MatchAttributes,
  later: TLSMatchAttributes | L4MatchAttributes,
): boolean {
  return (
    !namesSubnets(first) &&
    namesCover(namesOf(first), namesOf(later)) &&
    ((first.port ?? 0) === 0 || first.port === later.port) &&
    Object.entries(first.sourceLabels ?? {}).every(([name, value]) => later.sourceLabels?.[name] === value) &&
    ((first.sourceNamespace ?? '') === '' || first.sourceNamespace === later.sourceNamespace) &&
    gatewaysCover(first.gateways ?? [], later.gateways ?? [])
  );
}

function namesOf(match: TLSMatchAttributes | L4MatchAttributes): readonly string[] {
  return 'sniHosts' in match ? (match.sniHosts ?? []) : [];
}

/** None: every name. Of a wildcard and a name in it the name is tried first, whatever their order. */
function namesCover(first: readonly string[], later: readonly string[]): boolean {
  return first.length === 0 || (later.length > 0 && later.every((name) => first.includes(name)));
}

/** None: every gateway of the VirtualService. */
function gatewaysCover(first: readonly string[], later: readonly string[]): boolean {
  return first.length === 0 || (later.length > 0 && later.every((gateway) => first.includes(gateway)));
}
