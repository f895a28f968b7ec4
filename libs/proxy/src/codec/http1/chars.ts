/** Lower-cased token character for each byte, 0 where RFC 9110 §5.6.2 does not allow the byte in a token. */
export const TOKEN_LOWER: Uint8Array = tokenLower();

/** 1 for each byte allowed in a field value besides SP and HTAB: visible ASCII and obs-text (RFC 9110 §5.5). */
export const FIELD_VALUE: Uint8Array = range(0x21, 0xff, [0x7f]);

/** 1 for each byte allowed in a request target: visible ASCII. Everything above is refused, `#` is a caller's matter. */
export const TARGET: Uint8Array = range(0x21, 0x7e, []);

/** 1 for bytes of a target that may change under normalization: `%`, `\`, `#` (dots are looked at with their slash). */
export const TARGET_SPECIAL: Uint8Array = only([0x25, 0x5c, 0x23]);

/** 1 for each byte allowed in a host name or address without its port. */
export const HOST: Uint8Array = hostBytes();

/** Value of a hexadecimal digit, 255 for any other byte. */
export const HEX: Uint8Array = hexDigits();

function tokenLower(): Uint8Array {
  const table = new Uint8Array(256);
  for (let c = 0x30; c <= 0x39; c++) table[c] = c;
  for (let c = 0x61; c <= 0x7a; c++) table[c] = c;
  for (let c = 0x41; c <= 0x5a; c++) table[c] = c + 32;
  for (const c of "!#$%&'*+-.^_`|~") table[c.charCodeAt(0)] = c.charCodeAt(0);
  return table;
}

function range(from: number, to: number, except: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (let c = from; c <= to; c++) if (!except.includes(c)) table[c] = 1;
  return table;
}

function only(bytes: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const c of bytes) table[c] = 1;
  return table;
}

function hostBytes(): Uint8Array {
  const table = new Uint8Array(256);
  for (let c = 0; c < 256; c++) if (/[A-Za-z0-9._~%-]/.test(String.fromCharCode(c)) && c < 128) table[c] = 1;
  return table;
}

function hexDigits(): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  for (let i = 0; i < 16; i++) {
    table[i.toString(16).charCodeAt(0)] = i;
    table[i.toString(16).toUpperCase().charCodeAt(0)] = i;
  }
  return table;
}
