import { type HeaderMutation, substitutionFormatText } from '@lateen/routing';
import { type Step } from '../model';
import { type Fact } from '../walk/facts';
import { fieldIn, type HopContext, meshConfigPlace, percentText, placeIn, step } from './context';
import { targetOf } from './outcomes';
import { ruleOf } from './rules';

type FactOf<S extends Fact['stage']> = Extract<Fact, { stage: S }>;

/** What normalization made of the path. */
export function normalizeSteps(context: HopContext, { from, to, redirected }: FactOf<'normalize'>): readonly Step[] {
  const { source, ...place } = meshConfigPlace(context, 'pathNormalization');
  const became =
    to === undefined
      ? `The path ${JSON.stringify(from)} is refused with 400: it is not one that can be normalized.`
      : redirected
        ? `The path ${JSON.stringify(from)} is sent back as ${JSON.stringify(to)}, which the client is redirected to.`
        : `The path ${JSON.stringify(from)} is matched and forwarded as ${JSON.stringify(to)}.`;
  return [
    step(context, {
      stage: 'rewrite',
      verdict: to === undefined ? 'not-matched' : 'applied',
      name: 'normalize path',
      reason: became,
      source,
      ...place,
    }),
  ];
}

/** A new path or host. */
export function rewriteSteps(context: HopContext, { route, what, from, to }: FactOf<'rewrite'>): readonly Step[] {
  const rule = ruleOf(context, route);
  const rewrites = rule?.resource.spec.http?.[ruleIndex(rule.path)]?.rewrite;
  const field =
    what === 'path' ? (rewrites?.uriRegexRewrite === undefined ? 'rewrite.uri' : 'rewrite.uriRegexRewrite') : 'rewrite.authority';
  const place = rule === undefined ? {} : { source: 'VirtualService', ...placeIn(rule.resource, `${rule.path}.${field}`) };
  const reason = `The ${what === 'path' ? 'path' : 'Host header'} ${JSON.stringify(from)} becomes ${JSON.stringify(to)}.`;
  return [step(context, { stage: 'rewrite', verdict: 'applied', name: what, reason, ...place })];
}

/** Header changes, one step each. */
export function headerSteps(context: HopContext, { route, side, mutations }: FactOf<'headers'>): readonly Step[] {
  const rule = ruleOf(context, route);
  return mutations.map((mutation) => {
    const operation = OPERATIONS[mutation.action];
    const base = rule === undefined ? undefined : `${rule.path}.headers.${side}.${operation}`;
    const path = base === undefined ? undefined : operation === 'remove' ? base : fieldIn(base, mutation.name);
    const place = rule === undefined || path === undefined ? {} : { source: 'VirtualService', ...placeIn(rule.resource, path) };
    return step(context, { stage: 'headers', verdict: 'applied', name: mutation.name, reason: mutationText(side, mutation), ...place });
  });
}

const OPERATIONS = { remove: 'remove', append: 'add', addIfAbsent: 'add', overwriteOrAdd: 'set', overwriteIfExists: 'set' } as const;

function mutationText(side: 'request' | 'response', mutation: HeaderMutation): string {
  const of = side === 'request' ? 'the request' : 'the response';
  if (mutation.action === 'remove') return `The header ${mutation.name} is removed from ${of}.`;
  const value = mutation.literal ?? substitutionFormatText(mutation.format ?? []);
  const text = JSON.stringify(value);
  switch (mutation.action) {
    case 'append':
      return `The header ${mutation.name} ${text} is added to ${of}.`;
    case 'addIfAbsent':
      return `The header ${mutation.name} ${text} is added to ${of}, unless it is there.`;
    case 'overwriteOrAdd':
      return `The header ${mutation.name} of ${of} is set to ${text}.`;
    case 'overwriteIfExists':
      return `The header ${mutation.name} of ${of} is set to ${text}, where there is one.`;
  }
}

/** A copy that goes elsewhere. */
export function mirrorSteps(context: HopContext, { route, mirror, probability }: FactOf<'mirror'>): readonly Step[] {
  const rule = ruleOf(context, route);
  const written = rule?.resource.spec.http?.[ruleIndex(rule.path)];
  const field = written?.mirror === undefined ? 'mirrors' : 'mirror';
  const place = rule === undefined ? {} : { source: 'VirtualService', ...placeIn(rule.resource, `${rule.path}.${field}`) };
  const share = probability === 1 ? 'A copy of every request' : `A copy of ${percentText(probability)} of requests`;
  return [
    step(context, {
      stage: 'mirror',
      verdict: 'applied',
      name: mirror.cluster,
      reason: `${share} goes to ${targetOf(mirror.cluster)}, and its response is dropped.`,
      probability,
      ...place,
    }),
  ];
}

/** An answer that the rule itself gives. */
export function answerSteps(context: HopContext, { route, status, location }: FactOf<'answer'>): readonly Step[] {
  const rule = ruleOf(context, route);
  const field = location === undefined ? 'directResponse' : 'redirect';
  const place = rule === undefined ? {} : { source: 'VirtualService', ...placeIn(rule.resource, `${rule.path}.${field}`) };
  const reason =
    location === undefined ? `The proxy answers with status ${status} itself.` : `The client is sent to ${location} with status ${status}.`;
  return [step(context, { stage: 'route', verdict: 'applied', name: field, reason, ...place })];
}

/** The number in `spec.http[3]`. */
export function ruleIndex(path: string): number {
  return Number(/\[(\d+)\]$/.exec(path)?.[1] ?? -1);
}

/** The list of rules that `spec.tcp[0]` is in. */
export function listOf(path: string): 'http' | 'tls' | 'tcp' {
  return path.startsWith('spec.tcp') ? 'tcp' : path.startsWith('spec.tls') ? 'tls' : 'http';
}
