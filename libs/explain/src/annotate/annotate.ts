import { type Step } from '../model';
import { type Fact } from '../walk/facts';
import { answerSteps, headerSteps, mirrorSteps, normalizeSteps, rewriteSteps } from './changes';
import { filterChainSteps, listenerSteps, virtualHostSteps } from './connection';
import { type HopContext, placeIn, resourceOf, step } from './context';
import { corsSteps, faultSteps, filterSteps, policySteps, upgradeSteps } from './filters';
import { l4RuleSteps } from './l4-rules';
import { ruleSteps } from './rules';
import { secretSteps } from './secrets';
import { connectionSteps, retrySteps, timeoutSteps } from './limits';
import { clusterSteps, endpointSteps, mtlsSteps } from './sending';

/** Puts the decisions of one proxy in words, each with the file and line that say so. In the order decided. */
export function annotate(context: HopContext, facts: readonly Fact[]): readonly Step[] {
  const routes = facts.filter((fact) => fact.stage === 'route');
  const chosen = routes.find(({ failed, reached }) => failed === undefined && reached)?.route;
  return facts.flatMap((fact): readonly Step[] => {
    switch (fact.stage) {
      case 'listener':
        return listenerSteps(context, fact);
      case 'filter-chain':
        return [...filterChainSteps(context, fact), ...l4RuleSteps(context, fact)];
      case 'secret':
        return secretSteps(context, fact);
      case 'normalize':
        return normalizeSteps(context, fact);
      case 'virtual-host': {
        const steps = virtualHostSteps(context, fact);
        const rules = fact.virtualHost === undefined || isMade(fact.virtualHost.name) ? [] : ruleSteps(context, fact.virtualHost, routes);
        return [...steps, ...rules, ...(context.side === 'inbound' ? policySteps(context) : [])];
      }
      // All of them are told with their virtual host, in the order written.
      case 'route':
        return [];
      case 'tls-required':
        return [tlsRequired(context)];
      case 'upgrade':
        return upgradeSteps(context, fact);
      case 'filter':
        return filterSteps(context, fact);
      case 'fault':
        return faultSteps(context, fact);
      case 'cors':
        return corsSteps(context, fact, chosen);
      case 'answer':
        return answerSteps(context, fact);
      case 'rewrite':
        return rewriteSteps(context, fact);
      case 'headers':
        return headerSteps(context, fact);
      case 'mirror':
        return mirrorSteps(context, fact);
      case 'cluster':
        return clusterSteps(context, fact);
      case 'endpoints':
        return endpointSteps(context, fact);
      case 'mtls':
        return [...mtlsSteps(context, fact), ...connectionSteps(context, fact)];
      case 'timeout':
        return timeoutSteps(context, fact);
      case 'retry':
        return retrySteps(context, fact);
    }
  });
}

/** Virtual hosts for destinations nobody knows: their one route says no more than they do. */
function isMade(name: string): boolean {
  return name === 'allow_any' || name === 'block_all';
}

function tlsRequired(context: HopContext): Step {
  const { mesh, proxy } = context;
  const servers = mesh.gatewayPortsFor({ namespace: proxy.namespace, labels: proxy.labels }).flatMap((port) => port.servers);
  const server = servers.find(({ server: one }) => one.tls?.httpsRedirect === true);
  const gateway =
    server === undefined ? undefined : resourceOf(context, 'Gateway', server.resource.metadata.namespace, server.resource.metadata.name);
  const index = (gateway?.spec.servers ?? []).findIndex(({ tls }) => tls?.httpsRedirect === true);
  const place = placeIn(gateway, `spec.servers[${index}].tls.httpsRedirect`);
  return step(context, {
    stage: 'route',
    verdict: 'chosen',
    name: 'httpsRedirect',
    reason: 'Plain requests are redirected to https before any rule.',
    ...place,
  });
}
