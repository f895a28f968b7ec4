import { parseDurationMs } from '@lateen/base';
import { isIp } from '../../rules/addresses';
import { checkLocality } from '../../rules/locality';
import { isFqdn } from '../../rules/names';
import { each, type Place, quote, type Report, unfit } from '../../rules/report';
import { checkClientTls } from '../../rules/tls';
import { checkDuration, checkPort, checkRange, isPrime } from '../../rules/values';
import {
  type ConnectionPoolSettings,
  type LoadBalancerSettings,
  type OutlierDetection,
  type PortTrafficPolicy,
  type TrafficPolicy,
} from './schema';

/** The rules of a traffic policy, block by block. Spec: validation.md §5.2. */

const BLOCKS = [
  'outlierDetection',
  'connectionPool',
  'loadBalancer',
  'tls',
  'portLevelSettings',
  'tunnel',
  'proxyProtocol',
  'retryBudget',
] as const;

/** A whole policy, of a rule or of a subset. */
export function checkTrafficPolicy(report: Report, at: Place, policy: TrafficPolicy | undefined, namespace: string): void {
  if (policy === undefined) return;
  if (!BLOCKS.some((block) => (block === 'portLevelSettings' ? (policy[block]?.length ?? 0) > 0 : policy[block] !== undefined))) {
    report.error('empty_policy', at, `Cannot use an empty traffic policy: expected at least one of ${BLOCKS.join(', ')}`);
    return;
  }
  if (policy.tunnel !== undefined && policy.proxyProtocol !== undefined) {
    report.error('exclusive_fields', at, 'Cannot tunnel and send the PROXY protocol at once: set only one of tunnel and proxyProtocol');
    return;
  }
  checkBlocks(report, at, policy, namespace);
  each(policy.portLevelSettings, [...at, 'portLevelSettings'], (settings, place) => {
    if (settings.port === undefined)
      report.error('required_field', [...place, 'port'], 'Cannot tell which port these settings are for: "port" is required');
    if ((['outlierDetection', 'connectionPool', 'loadBalancer', 'tls'] as const).every((block) => settings[block] === undefined)) {
      report.error(
        'empty_policy',
        place,
        'Cannot use empty port settings: expected at least one of outlierDetection, connectionPool, loadBalancer, tls',
      );
    }
    const own = report.findings.length;
    checkBlocks(report, place, settings, namespace);
    // Istio loses warnings in subsets and port settings; so are they lost here.
    report.dropWarnings(own);
  });
  if (policy.tunnel !== undefined) {
    const { protocol = '', targetHost, targetPort } = policy.tunnel;
    const place = [...at, 'tunnel'];
    if (!['', 'CONNECT', 'POST'].includes(protocol))
      report.error('invalid_value', [...place, 'protocol'], unfit(protocol, 'a tunnel protocol', 'CONNECT or POST'));
    if (!isFqdn(targetHost) && !isIp(targetHost))
      report.error('invalid_host', [...place, 'targetHost'], unfit(targetHost, "a tunnel's target", 'a DNS name or an address'));
    checkPort(report, [...place, 'targetPort'], targetPort);
  }
}

function checkBlocks(
  report: Report,
  at: Place,
  policy: Pick<PortTrafficPolicy, 'outlierDetection' | 'connectionPool' | 'loadBalancer' | 'tls'>,
  namespace: string,
): void {
  checkOutlierDetection(report, [...at, 'outlierDetection'], policy.outlierDetection);
  checkConnectionPool(report, [...at, 'connectionPool'], policy.connectionPool);
  checkLoadBalancer(report, [...at, 'loadBalancer'], policy.loadBalancer, policy.outlierDetection !== undefined);
  checkClientTls(report, [...at, 'tls'], policy.tls, namespace);
}

/** Passive health checks. */
export function checkOutlierDetection(report: Report, at: Place, outlier: OutlierDetection | undefined, warnOfOld = true): void {
  if (outlier === undefined) return;
  checkDuration(report, [...at, 'baseEjectionTime'], outlier.baseEjectionTime);
  checkDuration(report, [...at, 'interval'], outlier.interval);
  checkRange(report, [...at, 'maxEjectionPercent'], outlier.maxEjectionPercent, 0, 100);
  checkRange(report, [...at, 'minHealthPercent'], outlier.minHealthPercent, 0, 100);
  if (warnOfOld && (outlier.consecutiveErrors ?? 0) !== 0) {
    report.warn(
      'deprecated_field',
      [...at, 'consecutiveErrors'],
      'consecutiveErrors is deprecated: use consecutiveGatewayErrors or consecutive5xxErrors',
    );
  }
  if ((outlier.consecutiveLocalOriginFailures ?? 0) > 0 && outlier.splitExternalLocalOriginErrors !== true) {
    report.error(
      'ineffective_field',
      [...at, 'consecutiveLocalOriginFailures'],
      'Cannot count local failures on their own: splitExternalLocalOriginErrors has to be true',
    );
  }
}

/** Connection limits. */
export function checkConnectionPool(report: Report, at: Place, pool: ConnectionPoolSettings | undefined, keepalive = true): void {
  if (pool === undefined) return;
  const { http, tcp } = pool;
  if (http === undefined && tcp === undefined) {
    report.error('empty_policy', at, 'Cannot use an empty connection pool: expected tcp or http');
    return;
  }
  if (http !== undefined) {
    for (const field of [
      'http1MaxPendingRequests',
      'http2MaxRequests',
      'maxRequestsPerConnection',
      'maxRetries',
      'maxConcurrentStreams',
    ] as const) {
      checkRange(report, [...at, 'http', field], http[field], 0);
    }
    checkDuration(report, [...at, 'http', 'idleTimeout'], http.idleTimeout);
    if (http.h2UpgradePolicy === 'UPGRADE' && http.useClientProtocol === true) {
      report.error(
        'exclusive_fields',
        [...at, 'http'],
        "Cannot upgrade to HTTP/2 and keep the client's protocol: h2UpgradePolicy UPGRADE excludes useClientProtocol",
      );
    }
    if (http.http2KeepAlive !== undefined) {
      for (const field of ['interval', 'timeout'] as const) {
        const value = http.http2KeepAlive[field];
        const place = [...at, 'http', 'http2KeepAlive', field];
        if (value === undefined)
          report.error('required_field', place, `Cannot keep HTTP/2 connections alive without ${field}: it is required`);
        checkDuration(report, place, value);
      }
    }
  }
  if (tcp !== undefined) {
    checkRange(report, [...at, 'tcp', 'maxConnections'], tcp.maxConnections, 0);
    checkDuration(report, [...at, 'tcp', 'connectTimeout'], tcp.connectTimeout);
    checkDuration(report, [...at, 'tcp', 'maxConnectionDuration'], tcp.maxConnectionDuration);
    // Anything shorter than a millisecond turns the timeout off.
    if (Math.abs(parseDurationMs(tcp.idleTimeout ?? '0s') ?? 0) >= 1) checkDuration(report, [...at, 'tcp', 'idleTimeout'], tcp.idleTimeout);
    if (keepalive) {
      checkDuration(report, [...at, 'tcp', 'tcpKeepalive', 'time'], tcp.tcpKeepalive?.time);
      checkDuration(report, [...at, 'tcp', 'tcpKeepalive', 'interval'], tcp.tcpKeepalive?.interval);
    }
  }
}

function checkLoadBalancer(report: Report, at: Place, balancer: LoadBalancerSettings | undefined, outlierDetection: boolean): void {
  if (balancer === undefined) return;
  checkConsistentHash(report, [...at, 'consistentHash'], balancer.consistentHash);
  if (balancer.localityLbSetting !== undefined && balancer.zoneAwareLbSetting !== undefined) {
    report.error(
      'exclusive_fields',
      at,
      'Cannot use two kinds of locality preference: set only one of localityLbSetting and zoneAwareLbSetting',
    );
  }
  checkLocality(report, [...at, 'localityLbSetting'], balancer.localityLbSetting, { zoneAware: false, outlierDetection });
  checkLocality(report, [...at, 'zoneAwareLbSetting'], balancer.zoneAwareLbSetting, { zoneAware: true, outlierDetection });
  if (balancer.warmup !== undefined) {
    const { duration, minimumPercent, aggression } = balancer.warmup;
    checkDuration(report, [...at, 'warmup', 'duration'], duration);
    if ((minimumPercent ?? 0) > 100)
      report.error('invalid_percent', [...at, 'warmup', 'minimumPercent'], unfit(minimumPercent, 'a percentage', 'at most 100'));
    if (aggression !== undefined && aggression <= 0)
      report.error('out_of_range', [...at, 'warmup', 'aggression'], unfit(aggression, 'an aggression', 'more than 0'));
  }
}

function checkConsistentHash(report: Report, at: Place, hash: LoadBalancerSettings['consistentHash']): void {
  if (hash === undefined) return;
  if (hash.httpCookie !== undefined) {
    const place = [...at, 'httpCookie'];
    if (hash.httpCookie.name === '') report.error('required_field', [...place, 'name'], 'Cannot hash by a cookie without a name');
    const names = new Set<string>();
    each(hash.httpCookie.attributes, [...place, 'attributes'], ({ name }, attribute) => {
      if (name === '') report.error('required_field', [...attribute, 'name'], 'Cannot set a cookie attribute without a name');
      else if (names.has(name)) report.error('duplicate_name', [...attribute, 'name'], `Cannot set cookie attribute ${quote(name)} twice`);
      names.add(name);
    });
  }
  if ((hash.minimumRingSize ?? 0) !== 0) {
    const place = [...at, 'minimumRingSize'];
    report.warn('deprecated_field', place, 'minimumRingSize is deprecated here: write ringHash: {minimumRingSize: ...}');
    if (hash.ringHash !== undefined || hash.maglev !== undefined)
      report.error('exclusive_fields', place, 'Cannot give the ring size twice: set only one of minimumRingSize, ringHash and maglev');
  }
  if (hash.maglev !== undefined) {
    const size = hash.maglev.tableSize ?? 0;
    const place = [...at, 'maglev', 'tableSize'];
    if (size === 0) report.error('out_of_range', place, 'Cannot use a Maglev table of size 0');
    if (size >= 5_000_011) report.error('out_of_range', place, unfit(size, 'a Maglev table size', 'less than 5000011'));
    else if (!isPrime(size)) report.error('out_of_range', place, unfit(size, 'a Maglev table size', 'a prime number'));
  }
}
