/** Addresses, as Istio judges them. Spec: validation.md §3.2. */

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

/** Whether `text` is an IPv4 address without leading zeros. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** Whether `text` is an IPv4 or IPv6 address; IPv6 may have a zone. */
export function isIp(text: string): boolean {
  if (isIpv4(text)) return true;
  const percent = text.indexOf('%');
  return percent < 0 ? isIpv6(text) : percent < text.length - 1 && isIpv6(text.slice(0, percent));
}

/** Whether `text` is an address with a prefix length, as in `10.0.0.0/8`; host bits may be set. */
export function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  if (more.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return false;
  return isIpv4(address) ? Number(bits) <= 32 : isIpv6(address) && Number(bits) <= 128;
}

/** Whether `text` is an address, or a range of them. */
export function isSubnet(text: string): boolean {
  return text.includes('/') ? isCidr(text) : isIp(text);
}

/** Whether what follows `unix://` is a socket's place: an absolute path that is no folder, or an abstract name. */
export function isUnixPath(path: string): boolean {
  return path.startsWith('@') || (path.startsWith('/') && !path.endsWith('/'));
}

/** Splits `host:port`, IPv6 hosts in brackets; undefined when malformed. The host may be empty. */
export function splitHostPort(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  return { host: match[1] ?? match[2] ?? '', port: Number(match[3]) };
}

/** Of an IPv6 address that ends in an IPv4 one. */
const MAX_IPV6_LENGTH = 45;

function isIpv6(text: string): boolean {
  if (text.length > MAX_IPV6_LENGTH) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups: string[] = [];
  for (const half of halves) if (half !== '') groups.push(...half.split(':'));
  const tail = groups.at(-1);
  // An embedded IPv4 address stands for the last two groups.
  if (tail !== undefined && tail.includes('.')) {
    if (!isIpv4(tail) || !text.endsWith(tail)) return false;
    groups.splice(-1, 1, '0', '0');
  }
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length <= 7 : groups.length === 8;
}
