import { type CelRule } from '../schema/crd-meta';

/** How one CEL rule is broken, and kept. */
export interface CelCase {
  /** A value the rule refuses, made from one it takes. */
  readonly bad: (value: unknown) => unknown;
  /** Takes from an object that sets every field what the rule does not allow together. */
  readonly settle?: (value: Record<string, unknown>, variant: number) => void;
}

type Fields = Readonly<Record<string, unknown>>;
type Change = CelCase['bad'];
const is = (value: unknown): Change => {
  return () => value;
};
const having = (fields: Fields): Change => {
  return (value) => ({ ...(value as Fields), ...fields });
};
const without = (...names: readonly string[]): Change => {
  return (value) => Object.fromEntries(Object.entries(value as Fields).filter(([name]) => !names.includes(name)));
};

/** By the message of the rule. Rules that count fields are broken by setting all of those, and are not here. */
const CASES: Readonly<Record<string, CelCase>> = {
  '"*" is not allowed in the name of a label': { bad: is({ '*': 'a' }) },
  'the name of a label is not empty': { bad: is({ '': 'a' }) },
  '"*" is not allowed in the value of a label': { bad: is('*') },
  '"*" is not supported in a selector': { bad: is('*') },
  'another namespace cannot be referred to': { bad: is('other') },
  'the scheme is one of http, https, file, oci': { bad: is('ftp://a.example/x') },
  'a URL starts with http:// or https://': { bad: is('ftp://a.example/x') },
  'a scheme is HTTP or HTTPS': { bad: is('http') },
  'a duration is at least 1ms': { bad: is('999us') },
  'a port is 1 to 65535': { bad: (value) => (typeof value === 'number' ? 65_536 : { 0: { mode: 'STRICT' } }) },
  'the name of a port is a label': { bad: is({ 'a-': 80 }) },
  'port numbers are unique': {
    bad: is([
      { number: 80, name: 'a' },
      { number: 80, name: 'b' },
    ]),
  },
  'a host is not "*"': { bad: is('*') },
  'a unix socket is an absolute path or an abstract name': { bad: is('unix://x') },
  'a unix socket is no folder': { bad: is('unix:///x/') },
  'a unix socket has no ports': { bad: having({ address: 'unix:///x', ports: { http: 80 } }) },
  'address or network is required': { bad: without('address', 'network') },
  'ranges of addresses need resolution NONE or STATIC': { bad: having({ addresses: ['10.0.0.0/8'], resolution: 'DNS' }) },
  'resolution NONE has no endpoints': {
    bad: having({ resolution: 'NONE', endpoints: [{ address: 'a.example' }] }),
    settle: (value) => {
      if (value['resolution'] === 'NONE') delete value['endpoints'];
    },
  },
  'resolution DNS_ROUND_ROBIN has one endpoint at most': {
    bad: having({ resolution: 'DNS_ROUND_ROBIN', endpoints: [{ address: 'a.example' }, { address: 'b.example' }] }),
  },
  'portLevelMtls needs a selector': { bad: without('selector') },
  'serviceAccounts cannot be set with namespaces or principals': {
    bad: having({ serviceAccounts: ['a/b'], namespaces: ['a'] }),
    settle: (value, variant) => {
      const accounts = ['serviceAccounts', 'notServiceAccounts'];
      const others = ['principals', 'notPrincipals', 'namespaces', 'notNamespaces'];
      for (const name of variant % 2 === 0 ? accounts : others) delete value[name];
    },
  },
  'waypoint is for context WAYPOINT, and only for it': {
    bad: (value) => having({ context: 'waypoint' in (value as Fields) ? 'ANY' : 'WAYPOINT' })(value),
    settle: (value) => {
      if ('waypoint' in value) value['context'] = 'WAYPOINT';
      else if (value['context'] === 'WAYPOINT') value['context'] = 'ANY';
    },
  },
  'a value is only for valueFrom INLINE': {
    bad: having({ valueFrom: 'HOST', value: 'a' }),
    settle: (value) => {
      if (value['valueFrom'] === 'HOST') delete value['value'];
    },
  },
  'UPSERT needs a value': { bad: is({ operation: 'UPSERT' }) },
  'REMOVE has no value': {
    bad: is({ operation: 'REMOVE', value: 'a' }),
    settle: (value) => {
      if (value['operation'] === 'REMOVE') delete value['value'];
    },
  },
  'exactly one of wasm and lua is set': { bad: without('wasm', 'lua') },
};

/** The fields of which a rule allows one; undefined when the rule says something else. */
export function countedFields({ rule }: CelRule): readonly string[] | undefined {
  if (!rule.endsWith(' <= 1')) return undefined;
  return [...rule.matchAll(/has\(self\.(\w+)\) \? 1 : 0/g)].map(([, field]) => field ?? '');
}

/**
 * The case of a rule; `all` are right values of its place, together with every field set.
 * Throws when there is none: each rule has to be seen to refuse.
 */
export function celCase(rule: CelRule, all: readonly unknown[] = []): CelCase {
  const counted = countedFields(rule);
  if (counted !== undefined) {
    const every = Object.assign({}, ...all) as Fields;
    return { bad: having(Object.fromEntries(counted.filter((name) => name in every).map((name) => [name, every[name]]))) };
  }
  const found = CASES[rule.message];
  if (found === undefined) throw new Error(`Cannot break the rule "${rule.message}": there is no case for it`);
  return found;
}
