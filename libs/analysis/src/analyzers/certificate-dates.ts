/** When a certificate is valid, both ends included, in milliseconds since 1970. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** One value of DER: its tag, and where its content stands. */
interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

const SEQUENCE = 0x30;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const EXPLICIT_VERSION = 0xa0;

/**
 * The validity of an X.509 certificate in DER; undefined when it is none.
 * Spec: RFC 5280 4.1: Certificate is TBSCertificate first, and that is version, serial, algorithm, issuer, validity.
 */
export function validityOf(der: Uint8Array): Validity | undefined {
  const certificate = elementAt(der, 0);
  const tbs = certificate?.tag === SEQUENCE ? elementAt(der, certificate.start) : undefined;
  if (tbs?.tag !== SEQUENCE) return undefined;
  let element = elementAt(der, tbs.start);
  if (element?.tag === EXPLICIT_VERSION) element = elementAt(der, element.end);
  // The serial is at hand; the algorithm, the issuer and the validity follow.
  for (let i = 0; i < 3 && element !== undefined; i++) element = elementAt(der, element.end);
  if (element?.tag !== SEQUENCE || element.end > tbs.end) return undefined;
  const from = elementAt(der, element.start);
  const to = from === undefined ? undefined : elementAt(der, from.end);
  const [notBeforeMs, notAfterMs] = [timeOf(der, from), timeOf(der, to)];
  return notBeforeMs === undefined || notAfterMs === undefined ? undefined : { notBeforeMs, notAfterMs };
}

function elementAt(der: Uint8Array, offset: number): Element | undefined {
  const [tag, first] = [der[offset], der[offset + 1]];
  if (tag === undefined || first === undefined) return undefined;
  if (first < 0x80) return within(der, { tag, start: offset + 2, end: offset + 2 + first });
  const bytes = der.subarray(offset + 2, offset + 2 + (first & 0x7f));
  if (bytes.length === 0 || bytes.length > 4) return undefined;
  const length = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const start = offset + 2 + bytes.length;
  return within(der, { tag, start, end: start + length });
}

function within(der: Uint8Array, element: Element): Element | undefined {
  return element.end <= der.length ? element : undefined;
}

/** `YYMMDDhhmmssZ`, years from 1950 on; or `YYYYMMDDhhmmssZ`. */
function timeOf(der: Uint8Array, element: Element | undefined): number | undefined {
  if (element?.tag !== UTC_TIME && element?.tag !== GENERALIZED_TIME) return undefined;
  const text = String.fromCharCode(...der.subarray(element.start, element.end));
  const match = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map(Number);
  const full = (match[1] ?? '').length === 4 ? year : year + (year >= 50 ? 1900 : 2000);
  return daysSince1970(full, month, day) * 86_400_000 + ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** Days of the Gregorian calendar, counted from March so that the leap day ends a year. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468;
}
