import { formatPath, proxyConfigFindings } from '@lateen/config';

/** What is wrong with a value; undefined when nothing is. */
type Check = (value: string) => string | undefined;

/** Go's words for true and false. */
const BOOLEANS = new Set(['1', 't', 'T', 'true', 'True', 'TRUE', '0', 'f', 'F', 'false', 'False', 'FALSE']);
const INTERFACE = /^[^\s/:]{1,15}$/;

/** One of several words. */
export function checkOneOf(words: readonly string[]): Check {
  return (value) => (words.includes(value) ? undefined : `"${value}" is none of ${words.join(', ')}`);
}

/** A whole number from 0 to `most`. */
export function checkNumber(most: number): Check {
  return (value) => (/^\d+$/.test(value) && Number(value) <= most ? undefined : `"${value}" is not a whole number up to ${most}`);
}

/** True or false, as Go writes them. */
export function checkBoolean(value: string): string | undefined {
  return BOOLEANS.has(value) ? undefined : `"${value}" is neither true nor false`;
}

/** Comma-separated address ranges, each with the length of its prefix; `*` for all where that is allowed. */
export function checkCidrs(wildcard: boolean): Check {
  return (value) => {
    if (value === '' || (wildcard && value === '*')) return undefined;
    const bad = value.split(',').find((range) => !isCidr(range));
    return bad === undefined ? undefined : `"${bad}" is not an address range such as 10.0.0.0/8`;
  };
}

/** Comma-separated ports; `*` for all where that is allowed. */
export function checkPorts(wildcard: boolean): Check {
  return (value) => {
    if (value.trim() === '' || (wildcard && value === '*')) return undefined;
    const bad = value.split(',').find((port) => !/^\s*\d+\s*$/.test(port) || Number(port) > 65_535);
    return bad === undefined ? undefined : `"${bad}" is not a port`;
  };
}

/** Comma-separated names of network interfaces. */
export function checkInterfaces(value: string): string | undefined {
  if (value === '') return undefined;
  const bad = value.split(',').find((name) => !INTERFACE.test(name.trim()));
  return bad === undefined ? undefined : `"${bad}" is not the name of a network interface`;
}

/** An amount as Kubernetes writes it: `100m`, `1.5Gi`. */
export function checkQuantity(value: string): string | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?$/.test(value)
    ? undefined
    : `"${value}" is not an amount such as 100m or 128Mi`;
}

/** Settings of a proxy, in YAML: what Istio refuses before what it ignores. */
export function checkProxyConfig(value: string): string | undefined {
  const findings = proxyConfigFindings(value);
  const first = findings.find(({ severity }) => severity === 'error') ?? findings[0];
  if (first === undefined) return undefined;
  return first.path.length === 0 ? first.message : `${formatPath(first.path)}: ${first.message}`;
}

function isCidr(text: string): boolean {
  const [address = '', length = ''] = text.split('/');
  if (!/^\d{1,3}$/.test(length)) return false;
  if (address.includes(':')) return /^[0-9a-fA-F:.]+$/.test(address) && address.split(':').length <= 8 && Number(length) <= 128;
  const bytes = address.split('.');
  return bytes.length === 4 && bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) <= 255) && Number(length) <= 32;
}
