import { isCidr, isIp } from '../../rules/addresses';
import { each, type Place, type Report, unfit } from '../../rules/report';

/** What single entries of an AuthorizationPolicy may be. Spec: validation.md §5.12. */

/** Refuses entries that are empty; only the first is named. */
export function checkNotEmpty(report: Report, at: Place, values: readonly string[] | undefined): void {
  const empty = values?.indexOf('') ?? -1;
  if (empty >= 0) report.error('required_field', [...at, empty], 'Cannot use an empty entry');
}

/** Addresses, or ranges of them. */
export function checkIpBlocks(report: Report, at: Place, blocks: readonly string[] | undefined): void {
  each(blocks, at, (block, place) => {
    if (!(block.includes('/') ? isCidr(block) : isIp(block)))
      report.error('invalid_address', place, unfit(block, 'an address', 'an IP address with an optional prefix length'));
  });
}

/** Ports as text, single ones. */
export function checkPorts(report: Report, at: Place, ports: readonly string[] | undefined): void {
  each(ports, at, (port, place) => {
    if (!/^\d{1,10}$/.test(port) || Number(port) > 65_535)
      report.error('invalid_port', place, unfit(port, 'a port', 'one number from 0 to 65535, as text'));
  });
}

/** Service accounts, `NAME` or `NAMESPACE/NAME`. */
export function checkServiceAccounts(report: Report, at: Place, accounts: readonly string[] | undefined): void {
  if ((accounts?.length ?? 0) > 16)
    report.error('too_many', at, `Cannot list ${accounts?.length ?? 0} service accounts: expected at most 16`);
  each(accounts, at, (account, place) => {
    const parts = account.split('/');
    if (account === '' || account.length > 320 || account.includes('*') || parts.length > 2 || parts.includes('')) {
      report.error(
        'invalid_name',
        place,
        unfit(account, 'a service account', 'NAME or NAMESPACE/NAME without "*", at most 320 characters'),
      );
    }
  });
}

/** Trust domains: whole, or with one `*` at the start or the end. */
export function checkTrustDomains(report: Report, at: Place, domains: readonly string[] | undefined, maySlash: boolean): void {
  each(domains, at, (domain, place) => {
    const stars = domain.split('*').length - 1;
    const misplaced = stars > 1 || (stars === 1 && !domain.startsWith('*') && !domain.endsWith('*'));
    if (domain === '' || misplaced || (!maySlash && domain.includes('/')))
      report.error('invalid_name', place, unfit(domain, 'a trust domain', 'a name with at most one "*", at its start or its end'));
  });
}
