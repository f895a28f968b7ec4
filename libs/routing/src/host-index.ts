/**
 * Finds the entry of a Host header: exact names, then `*.suffix` and `prefix.*` longest first, then `*`.
 * A wildcard stands for at least one character. Spec: Envoy `VirtualHost.domains`.
 */
export class HostIndex<T> {
  readonly #exact = new Map<string, T>();
  readonly #suffixes = new LengthMap<T>();
  readonly #prefixes = new LengthMap<T>();
  #any: T | undefined;
  // Requests of a connection mostly name one host: comparing beats hashing.
  #lastAuthority: string | undefined;
  #last: T | undefined;
  readonly #ignorePort: boolean;

  /** Throws a RangeError that names a domain given twice. */
  constructor(entries: Iterable<readonly [domain: string, value: T]>, ignorePort: boolean) {
    this.#ignorePort = ignorePort;
    for (const [domain, value] of entries) this.#add(domain.toLowerCase(), value);
  }

  /** The value for a host, which may have a port. */
  find(authority: string): T | undefined {
    if (authority === this.#lastAuthority) return this.#last;
    this.#last = this.#lookUp(authority);
    this.#lastAuthority = authority;
    return this.#last;
  }

  #lookUp(authority: string): T | undefined {
    const host = lowerCase(this.#ignorePort ? withoutPort(authority) : authority);
    return this.#exact.get(host) ?? this.#suffixes.find(host, true) ?? this.#prefixes.find(host, false) ?? this.#any;
  }

  #add(domain: string, value: T): void {
    let isNew: boolean;
    if (domain === '*') {
      isNew = this.#any === undefined;
      this.#any = value;
    } else if (domain.startsWith('*')) isNew = this.#suffixes.add(domain.slice(1), value);
    else if (domain.endsWith('*')) isNew = this.#prefixes.add(domain.slice(0, -1), value);
    else {
      isNew = !this.#exact.has(domain);
      this.#exact.set(domain, value);
    }
    if (!isNew) throw new RangeError(`Cannot index hosts: domain "${domain}" is given twice`);
  }
}

/** Strings by length, longest first: as many lookups as there are lengths. */
class LengthMap<T> {
  readonly #byLength = new Map<number, Map<string, T>>();
  #lengths: readonly number[] = [];

  add(key: string, value: T): boolean {
    let map = this.#byLength.get(key.length);
    if (map === undefined) {
      this.#byLength.set(key.length, (map = new Map()));
      this.#lengths = [...this.#byLength.keys()].sort((a, b) => b - a);
    }
    const isNew = !map.has(key);
    map.set(key, value);
    return isNew;
  }

  find(host: string, fromEnd: boolean): T | undefined {
    for (const length of this.#lengths) {
      if (length >= host.length) continue;
      const value = this.#byLength.get(length)?.get(fromEnd ? host.slice(host.length - length) : host.slice(0, length));
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

/** Lower-cases only what needs it: hosts nearly always come in lower case. */
function lowerCase(host: string): string {
  for (let i = 0; i < host.length; i++) {
    const c = host.charCodeAt(i);
    if (c >= 65 && c <= 90) return host.toLowerCase();
  }
  return host;
}

/** A Host header without its `:port`; an IPv6 literal keeps its brackets. */
export function withoutPort(authority: string): string {
  const colon = authority.lastIndexOf(':');
  if (colon < 0 || authority.endsWith(']')) return authority;
  if (authority.indexOf(':') !== colon && authority[colon - 1] !== ']') return authority;
  for (let i = colon + 1; i < authority.length; i++) {
    const c = authority.charCodeAt(i);
    if (c < 48 || c > 57) return authority;
  }
  return authority.slice(0, colon);
}
