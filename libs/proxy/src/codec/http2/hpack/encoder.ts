import { type Output } from '../../../net/output';
import { copyBytes } from './copy-bytes';
import { DynamicTable, Entry } from './dynamic-table';
import { lineHash, textHash } from './hash';
import { neverIndexed, worthIndexing } from './indexing-policy';
import { STATIC_BY_ID, STATIC_COUNT, staticName, staticNameOf } from './static-table';

/** Bytes of table we use at most, however much the peer offers. */
const MAX_TABLE_BYTES = 4096;

/** Places by hash, a power of two; the table holds at most 128 entries. */
const SLOTS = 256;
/** Places looked at before a field counts as not found: a bound on what colliding hashes can cost. */
const PROBES = 8;
/** Hashes of fields seen once, a power of two. */
const SEEN = 128;

/**
 * Writes header blocks of one direction of a connection: HPACK and the state it keeps.
 *
 * A field goes into the table when it is seen for the second time within a hundred or so others, so what is said once
 * never pushes out what is said always. Strings are written as they are: Huffman coding would cost more than it saves here.
 * Spec: RFC 7541.
 */
export class HpackEncoder {
  private readonly table = new DynamicTable(MAX_TABLE_BYTES);
  /** Entry number + 1 by hash; 0 for none. Numbers of dropped entries stay until their place is wanted. */
  private readonly slots = new Float64Array(SLOTS);
  private readonly seen = new Int32Array(SEEN);
  /** The least size since the last block, and the present one, when the peer has to be told (§4.2); -1 for nothing. */
  private leastBytes = -1;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. No more than 4096 bytes are used. */
  setMaxTableBytes(bytes: number): void {
    const capacity = Math.min(bytes, MAX_TABLE_BYTES);
    const { table } = this;
    if (capacity === table.capacity) return;
    this.leastBytes = this.leastBytes < 0 ? capacity : Math.min(this.leastBytes, capacity);
    table.resize(capacity);
  }

  /** Starts a header block: says what size the table has, when that changed. */
  begin(output: Output): void {
    if (this.leastBytes < 0) return;
    const { capacity } = this.table;
    if (this.leastBytes < capacity) writeInteger(output, 0x20, 0x1f, this.leastBytes);
    writeInteger(output, 0x20, 0x1f, capacity);
    this.leastBytes = -1;
  }

  /** Writes a field of the static table. */
  indexed(output: Output, index: number): void {
    writeInteger(output, 0x80, 0x7f, index);
  }

  /**
   * Writes the field whose line `name: value\r\n` has its name and value at these offsets of `bytes`.
   * @param id Number of the name, 0 for one without.
   * @param hash `lineHash` of the line, or 0 when nobody has worked it out.
   * @param sensitive Mark it never to be indexed.
   */
  line(
    output: Output,
    bytes: Buffer,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
    id: number,
    hash: number,
    sensitive: boolean,
  ): void {
    const valueLength = valueEnd - valueStart;
    let prefix = sensitive || neverIndexed(id) ? 0x10 : 0;
    if (prefix === 0 && worthIndexing(id, nameEnd - nameStart + valueLength, this.table.capacity)) {
      const known = hash === 0 ? lineHash(bytes, nameStart, nameEnd, valueStart, valueEnd, id) : hash;
      const number = this.find(known, bytes, nameStart, nameEnd, valueStart, valueEnd);
      if (number >= 0) {
        writeInteger(output, 0x80, 0x7f, STATIC_COUNT + this.table.inserted - number);
        return;
      }
      if (this.again(known)) prefix = 0x40;
      if (prefix !== 0) hash = known;
    }
    const name = id === 0 ? staticName(bytes, nameStart, nameEnd) : STATIC_BY_ID[id]!;
    writeInteger(output, prefix, prefix === 0x40 ? 0x3f : 0x0f, name);
    if (name === 0) {
      writeInteger(output, 0, 0x7f, nameEnd - nameStart);
      output.bytes(bytes, nameStart, nameEnd);
    }
    writeInteger(output, 0, 0x7f, valueLength);
    output.bytes(bytes, valueStart, valueEnd);
    if (prefix !== 0x40) return;
    const start = this.table.insert(nameEnd - nameStart, valueLength, hash, id, 0);
    if (start < 0) return;
    const { lines } = this.table;
    copyBytes(bytes, nameStart, nameEnd, lines, start);
    copyBytes(bytes, valueStart, valueEnd, lines, start + nameEnd - nameStart + 2);
    this.remember(hash, this.table.inserted - 1);
  }

  /** Writes a field given as strings; the name in lower case. */
  text(output: Output, name: string, value: string, id: number): void {
    let prefix = neverIndexed(id) ? 0x10 : 0;
    let hash = 0;
    if (prefix === 0 && worthIndexing(id, name.length + value.length, this.table.capacity)) {
      hash = textHash(name, value, id);
      const number = this.findText(hash, name, value);
      if (number >= 0) {
        writeInteger(output, 0x80, 0x7f, STATIC_COUNT + this.table.inserted - number);
        return;
      }
      if (this.again(hash)) prefix = 0x40;
    }
    const index = id === 0 ? staticNameOf(name) : STATIC_BY_ID[id]!;
    writeInteger(output, prefix, prefix === 0x40 ? 0x3f : 0x0f, index);
    if (index === 0) {
      writeInteger(output, 0, 0x7f, name.length);
      output.text(name);
    }
    writeInteger(output, 0, 0x7f, value.length);
    output.text(value);
    if (prefix !== 0x40) return;
    const start = this.table.insert(name.length, value.length, hash, id, 0);
    if (start < 0) return;
    const { lines } = this.table;
    lines.latin1Write(name, start);
    lines.latin1Write(value, start + name.length + 2);
    this.remember(hash, this.table.inserted - 1);
  }

  /** Writes a field whose value is a number, which no table should remember. */
  decimal(output: Output, staticIndex: number, value: number): void {
    writeInteger(output, 0, 0x0f, staticIndex);
    const text = String(value);
    writeInteger(output, 0, 0x7f, text.length);
    output.text(text);
  }

  /** The number of the entry with these bytes; -1 when there is none. */
  private find(hash: number, bytes: Buffer, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): number {
    const { table, slots } = this;
    const { records } = table;
    let slot = hash & (SLOTS - 1);
    for (let probe = 0; probe < PROBES; probe++, slot = (slot + 1) & (SLOTS - 1)) {
      const number = slots[slot]! - 1;
      if (number < 0) return -1;
      if (!table.has(number)) continue;
      const record = table.recordAt(number);
      if (records[record + Entry.hash] !== hash) continue;
      if (records[record + Entry.nameLength] !== nameEnd - nameStart || records[record + Entry.valueLength] !== valueEnd - valueStart)
        continue;
      const { lines } = table;
      let at = records[record]!;
      let i = nameStart;
      while (i < nameEnd && lines[at] === bytes[i]) i++, at++;
      if (i !== nameEnd) continue;
      at += 2;
      i = valueStart;
      while (i < valueEnd && lines[at] === bytes[i]) i++, at++;
      if (i === valueEnd) return number;
    }
    return -1;
  }

  /** As `find`, for strings. */
  private findText(hash: number, name: string, value: string): number {
    const { table, slots } = this;
    const { records } = table;
    let slot = hash & (SLOTS - 1);
    for (let probe = 0; probe < PROBES; probe++, slot = (slot + 1) & (SLOTS - 1)) {
      const number = slots[slot]! - 1;
      if (number < 0) return -1;
      if (!table.has(number)) continue;
      const record = table.recordAt(number);
      if (records[record + Entry.hash] !== hash) continue;
      if (records[record + Entry.nameLength] !== name.length || records[record + Entry.valueLength] !== value.length) continue;
      const start = records[record]!;
      if (sameText(table.lines, start, name) && sameText(table.lines, start + name.length + 2, value)) return number;
    }
    return -1;
  }

  /** Gives an entry a place; the one that has to make way for it is only found no more. */
  private remember(hash: number, number: number): void {
    const { slots, table } = this;
    let slot = hash & (SLOTS - 1);
    for (let probe = 1; probe < PROBES; probe++, slot = (slot + 1) & (SLOTS - 1)) {
      if (slots[slot] === 0 || !table.has(slots[slot]! - 1)) break;
    }
    slots[slot] = number + 1;
  }

  /** Whether the hash was here before, not long ago. */
  private again(hash: number): boolean {
    const place = (hash >>> 8) & (SEEN - 1);
    if (this.seen[place] === hash) {
      this.seen[place] = 0;
      return true;
    }
    this.seen[place] = hash;
    return false;
  }
}

function sameText(bytes: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Writes an integer with its prefix (§5.1). */
function writeInteger(output: Output, pattern: number, prefix: number, value: number): void {
  output.reserve(6);
  const { buffer } = output;
  if (value < prefix) {
    buffer[output.length++] = pattern | value;
    return;
  }
  buffer[output.length++] = pattern | prefix;
  let rest = value - prefix;
  while (rest >= 0x80) {
    buffer[output.length++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[output.length++] = rest;
}
