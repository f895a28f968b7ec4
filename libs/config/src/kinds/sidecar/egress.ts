import { isIp, isUnixPath } from '../../rules/addresses';
import { each, type Place, quote, type Report, unfit } from '../../rules/report';
import { checkPort } from '../../rules/values';
import { checkSidecarPort } from './port';
import { type IstioEgressListener } from './schema';

/** Listeners for traffic from the workload. Spec: validation.md §5.5, `egress[]`. */
export function checkEgress(
  report: Report,
  egress: readonly IstioEgressListener[],
  namespace: string,
  hostProblem: (host: string) => string | undefined,
): void {
  const numbers = new Set<number>();
  const sockets = new Set<string>();
  each(egress, ['spec', 'egress'], (listener, at, i) => {
    if (listener.port === undefined) {
      if (i < egress.length - 1)
        report.error('invalid_order', at, 'Cannot take the rest of the ports here: only the last item may leave out "port"');
    } else {
      checkListener(report, at, listener, numbers, sockets);
    }
    if (listener.hosts.length === 0) report.error('required_field', [...at, 'hosts'], 'Cannot reach nothing: "hosts" is empty');
    each(listener.hosts, [...at, 'hosts'], (host, place) => {
      const expected = hostProblem(host);
      if (expected !== undefined) report.error('invalid_host', place, unfit(host, 'a host', expected));
    });
    warnOfRepeats(report, [...at, 'hosts'], listener.hosts, namespace);
  });
}

function checkListener(report: Report, at: Place, listener: IstioEgressListener, numbers: Set<number>, sockets: Set<string>): void {
  const { port = {}, bind = '', captureMode = 'DEFAULT' } = listener;
  const number = port.number ?? 0;
  checkSidecarPort(report, [...at, 'port'], port);
  if (number !== 0) {
    checkPort(report, [...at, 'port', 'number'], number);
    if (numbers.has(number)) report.error('duplicate_port', [...at, 'port', 'number'], `Cannot listen on port ${number} twice`);
    numbers.add(number);
    if (bind !== '' && !isIp(bind)) report.error('invalid_address', [...at, 'bind'], unfit(bind, 'an address to bind', 'an IP address'));
    return;
  }
  if (!bind.startsWith('unix://') || !isUnixPath(bind.slice('unix://'.length)))
    report.error('invalid_address', [...at, 'bind'], unfit(bind, 'a socket for port 0', 'unix:///ABSOLUTE/PATH or unix://@NAME'));
  if (sockets.has(bind)) report.error('duplicate_port', [...at, 'bind'], `Cannot listen on ${quote(bind)} twice`);
  sockets.add(bind);
  if (captureMode === 'IPTABLES')
    report.error(
      'exclusive_fields',
      [...at, 'captureMode'],
      'Cannot capture traffic to a unix socket: expected captureMode DEFAULT or NONE',
    );
}

function warnOfRepeats(report: Report, at: Place, hosts: readonly string[], own: string): void {
  const namespaces = new Map<string, Set<string>>();
  hosts.forEach((text, i) => {
    const slash = text.indexOf('/');
    if (slash < 0 || text.startsWith('~')) return;
    const namespace = text.slice(0, slash) === '.' ? own : text.slice(0, slash);
    const host = text.slice(slash + 1);
    const seen = namespaces.get(namespace) ?? new Set<string>();
    if (seen.has(host) || seen.has('*') || (host === '*' && seen.size > 0))
      report.warn('redundant_host', [...at, i], `Host ${quote(text)} is covered by another of the list, or covers it`);
    seen.add(host);
    namespaces.set(namespace, seen);
  });
  if (namespaces.get('*')?.has('*') === true && namespaces.size > 1)
    report.warn('redundant_host', at, 'Host "*/*" already takes every namespace: the others have no effect');
}
