/** A 106-bit hash of text as hexadecimal digits: for versions, not against an adversary. Spec: cyrb53, twice. */
export function hashText(text: string): string {
  return hash53(text, 0x9e3779b9).toString(16).padStart(14, '0') + hash53(text, 0x85ebca6b).toString(16).padStart(14, '0');
}

function hash53(text: string, seed: number): number {
  let h1 = 0xdeadbeef ^ seed;
  let h2 = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ code, 2_654_435_761);
    h2 = Math.imul(h2 ^ code, 1_597_334_677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2_246_822_507) ^ Math.imul(h2 ^ (h2 >>> 13), 3_266_489_909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2_246_822_507) ^ Math.imul(h1 ^ (h1 >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & h2) + (h1 >>> 0);
}

const hashes = new WeakMap<object, string>();

/** The hash of a plain immutable value, worked out once for each object. */
export function hashOf(value: object): string {
  let hash = hashes.get(value);
  if (hash === undefined) {
    hash = hashText(JSON.stringify(value));
    hashes.set(value, hash);
  }
  return hash;
}
