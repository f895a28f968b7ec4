/** Bits of each byte's code, row by row of sixteen. The code is canonical, so this is all of it. Spec: RFC 7541 Appendix B. */
export const HUFFMAN_LENGTHS: Uint8Array = Uint8Array.from(
  [
    '13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28',
    '28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28',
    '6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6',
    '5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10',
    '13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7',
    '7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6',
    '15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5',
    '6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28',
    '20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23',
    '24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24',
    '22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23',
    '21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23',
    '26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25',
    '19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27',
    '20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23',
    '26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26',
  ].flatMap((row) => row.split(' ').map(Number)),
);

/** Bits looked up at once: two of the commonest letters. */
const WINDOW = 12;
const MAX_BITS = 30;

/**
 * For each window, what it begins with: first byte (bits 0–7), second byte (8–15), bits of the first code (16–19),
 * bits of both (20–23; equal when there is no second). 0: a longer code.
 */
const windows = new Int32Array(1 << WINDOW);
/** Bytes by code, shortest code first. */
const symbols = new Uint8Array(256);
/** By length: the first code, the number of codes, the place of the first code's byte in `symbols`. */
const firstCode = new Int32Array(MAX_BITS + 1);
const codes = new Int32Array(MAX_BITS + 1);
const firstSymbol = new Int32Array(MAX_BITS + 1);
fillTables();

/**
 * Decodes the Huffman-coded `start`..`end` of `source` into `target` from `at`, which has room for 8/5 of their length.
 *
 * All codes of up to 12 bits are visible ASCII or a space, so only a text with a longer code can hold a byte that no
 * field may hold.
 * @returns twice the offset after the text, plus 1 when it had such a longer code; -1 when the coding is wrong: padding
 * of eight bits or more, padding that is not ones, the end-of-string code.
 */
export function decodeHuffman(source: Buffer, start: number, end: number, target: Buffer, at: number): number {
  let pos = start;
  let out = at;
  let acc = 0;
  let bits = 0;
  let rare = 0;
  for (;;) {
    if (bits < WINDOW) {
      while (bits <= 24 && pos < end) {
        acc = (acc << 8) | source[pos++]!;
        bits += 8;
      }
      if (bits < WINDOW) break;
    }
    const window = windows[(acc >>> (bits - WINDOW)) & 0xfff]!;
    if (window !== 0) {
      target[out] = window;
      target[out + 1] = window >>> 8;
      const first = (window >>> 16) & 15;
      const both = window >>> 20;
      bits -= both;
      out += both === first ? 1 : 2;
      continue;
    }
    rare = 1;
    const code = longCode(source, start, end, (pos - start) * 8 - bits);
    if (code < 0) return -1;
    target[out++] = code & 0xff;
    const consumed = (pos - start) * 8 - bits + (code >>> 8);
    pos = start + (consumed >>> 3);
    bits = 0;
    acc = 0;
    if ((consumed & 7) !== 0) {
      acc = source[pos++]!;
      bits = 8 - (consumed & 7);
    }
  }
  // Fewer bits than a window: what is missing is read as ones, which end no code that was not there.
  for (;;) {
    const window = windows[((acc << (WINDOW - bits)) | (0xfff >>> bits)) & 0xfff]!;
    const first = (window >>> 16) & 15;
    if (window === 0 || first > bits) break;
    target[out++] = window;
    bits -= first;
  }
  const ones = (1 << bits) - 1;
  return bits < 8 && (acc & ones) === ones ? 2 * out + rare : -1;
}

/** The code of more than `WINDOW` bits at a bit offset: its length × 256 + its byte; -1 for end-of-string or a cut code. */
function longCode(source: Buffer, start: number, end: number, bit: number): number {
  const at = start + (bit >>> 3);
  const shift = bit & 7;
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | (at + i < end ? source[at + i]! : 0xff);
  if (shift !== 0) word = (word << shift) | ((at + 4 < end ? source[at + 4]! : 0xff) >>> (8 - shift));
  const left = (end - start) * 8 - bit;
  for (let length = WINDOW + 1; length <= MAX_BITS && length <= left; length++) {
    const index = (word >>> (32 - length)) - firstCode[length]!;
    if (index >= 0 && index < codes[length]!) return (length << 8) | symbols[firstSymbol[length]! + index]!;
  }
  return -1;
}

function fillTables(): void {
  let code = 0;
  let count = 0;
  for (let length = 1; length <= MAX_BITS; length++) {
    code <<= 1;
    firstCode[length] = code;
    firstSymbol[length] = count;
    for (let byte = 0; byte < 256; byte++) if (HUFFMAN_LENGTHS[byte] === length) symbols[count++] = byte;
    codes[length] = count - firstSymbol[length]!;
    code += codes[length]!;
  }
  for (let window = 0; window < windows.length; window++) {
    const first = shortCode(window, WINDOW);
    if (first === 0) continue;
    const length = first >>> 8;
    const second = shortCode(window & ((1 << (WINDOW - length)) - 1), WINDOW - length);
    windows[window] = (first & 0xff) | ((second & 0xff) << 8) | (length << 16) | ((length + (second >>> 8)) << 20);
  }
}

/** The code that `width` bits begin with, as `longCode` says it; 0 when it is longer. */
function shortCode(window: number, width: number): number {
  for (let length = 5; length <= width; length++) {
    const index = (window >>> (width - length)) - firstCode[length]!;
    if (index >= 0 && index < codes[length]!) return (length << 8) | symbols[firstSymbol[length]! + index]!;
  }
  return 0;
}
