import { copyWholeWords } from '@lateen/base';
import { type Head } from '../../head';
import { FIELD_VALUE, TOKEN_LOWER } from '../../http1/chars';
import { internHeader } from '../../http1/header-names';
import { BlockResult } from '../block-result';
import { copyBytes } from './copy-bytes';
import { DynamicTable, Entry } from './dynamic-table';
import { lineHash } from './hash';
import { decodeHuffman } from './huffman';
import { pseudoId } from './pseudo';
import { STATIC_COUNT, STATIC_ID, STATIC_NAME, STATIC_START, STATIC_VALUE, STATIC_VIEW } from './static-table';

/** What `HpackDecoder.next` found, errors of `BlockResult` apart. */
export const Step = {
  /** The block is at its end. */
  end: 0,
  /** A field, in the head's place number `count`. */
  field: 1,
  /** A field that no longer fits, or that nobody wants: decoded for the table's sake only. */
  skipped: 2,
} as const;

/** What is wrong with a field; bits. */
export const Flaw = { none: 0, name: 1, value: 2 } as const;

/** Sizes a peer may use before it has read our settings. Spec: RFC 9113 §6.5.2. */
const DEFAULT_TABLE_BYTES = 4096;

/** Decoded bytes, in heads as large as allowed, that one block may come to before it is an attack. */
const ABUSIVE_FACTOR = 16;

/** Handling a field takes as long as copying so many bytes. Spec: RFC 7541 §4.1 reckons the memory of an entry alike. */
const FIELD_WORK = 32;

/** 1 for each byte that no field value may hold. */
const ILLEGAL: Uint8Array = Uint8Array.from(FIELD_VALUE, (legal, c) => (legal === 1 || c === 32 || c === 9 ? 0 : 1));

const EMPTY = Buffer.alloc(0);

/** Bytes of room kept after a string: its line end, and what copying by words writes beyond. */
const SLACK = 4;

/** An integer beyond this is no length and no index. */
const MAX_INTEGER = 1 << 28;

/**
 * Reads header blocks of one direction of a connection: HPACK and the state it keeps.
 *
 * A field is decoded straight to where it stays, as the line it would be in HTTP/1, into the head's bytes and its place
 * number `count`. The reader that asked either keeps it (`count`, `length` move on) or decodes the next over it.
 * Cost: literals are linear in the bytes received; fields out of the table are copied only while they fit the limit,
 * and counted until they are `ABUSIVE_FACTOR` times that.
 * Spec: RFC 7541.
 */
export class HpackDecoder {
  /** What is wrong with the field just decoded, as bits of `Flaw`. */
  flaw = 0;
  /** Where the table keeps the field just decoded; -1 when it does not. */
  private record = -1;
  private readonly table = new DynamicTable(DEFAULT_TABLE_BYTES);
  private block: Buffer = EMPTY;
  private pos = 0;
  private end = 0;
  private maxBytes = 0;
  private dropping = false;
  /** Bytes of all lines of this block so far. */
  private total = 0;
  /** How many they are. */
  private lines = 0;
  private resizes = 0;

  /** @param maxTableBytes The SETTINGS_HEADER_TABLE_SIZE announced to the peer. */
  constructor(private readonly maxTableBytes: number) {}

  /** Starts on the header block at `start`..`end`. */
  begin(block: Buffer, start: number, end: number, maxBytes: number): void {
    this.block = block;
    this.pos = start;
    this.end = end;
    this.maxBytes = maxBytes;
    this.dropping = false;
    this.total = this.lines = 0;
    this.resizes = 0;
  }

  /** Whether the lines so far are more than was allowed. */
  get overflowed(): boolean {
    return this.total > this.maxBytes;
  }

  /** Bytes of all lines of the last block. */
  get unfoldedBytes(): number {
    return this.total;
  }

  /** What decoding the last block took, in bytes copied. */
  get work(): number {
    return this.total + FIELD_WORK * this.lines;
  }

  /** Wants no more fields of this block; they are decoded all the same. */
  dropRest(): void {
    this.dropping = true;
  }

  /** What `learn` was told about the entry just decoded, when it was decoded before; undefined otherwise. */
  get known(): string | undefined {
    return this.record < 0 ? undefined : this.table.textAt(this.record);
  }

  /** The number given along with `known`. */
  get knownMark(): number {
    return this.table.records[this.record + Entry.mark]!;
  }

  /** Remembers, with the entry just decoded, that its value is valid, and its text. */
  learn(text: string, mark: number): void {
    if (this.record >= 0) this.table.remember(this.record, text, mark);
  }

  /**
   * Decodes one field.
   * @returns a `Step`, or `compressionError` or `abusive` of `BlockResult`, after which this decoder is of no more use.
   */
  next(head: Head): number {
    const { block, end } = this;
    for (;;) {
      if (this.pos >= end) {
        // What was decoded only to be dropped may have needed much room.
        if (this.overflowed && head.bytes.length > 2 * this.maxBytes) head.trimBytes();
        return Step.end;
      }
      const first = block[this.pos]!;
      if (first >= 0x80) return this.indexed(head, first);
      if (first >= 0x40) return this.literal(head, first, 0x3f);
      if (first < 0x20) return this.literal(head, first, 0x0f);
      const size = this.integer(first, 0x1f);
      // Two are enough for any change: to the least size since the last block, and to the present one (§4.2).
      if (size < 0 || size > this.maxTableBytes || this.total > 0 || ++this.resizes > 2) return BlockResult.compressionError;
      this.table.resize(size);
    }
  }

  /** A field out of a table. */
  private indexed(head: Head, first: number): number {
    let index = first & 0x7f;
    if (index === 0x7f) index = this.integer(first, 0x7f);
    else this.pos++;
    let lines = STATIC_VIEW;
    let start: number;
    let nameLength: number;
    let valueLength: number;
    let id: number;
    let hash = 0;
    this.flaw = 0;
    this.record = -1;
    if (index > STATIC_COUNT) {
      const { table } = this;
      if (index - STATIC_COUNT > table.count) return BlockResult.compressionError;
      const record = table.recordAt(index - STATIC_COUNT);
      this.record = record;
      const { records } = table;
      lines = table.view;
      start = records[record]!;
      nameLength = records[record + Entry.nameLength]!;
      valueLength = records[record + Entry.valueLength]!;
      hash = records[record + Entry.hash]!;
      id = records[record + Entry.id]!;
      this.flaw = records[record + Entry.flaw]!;
    } else {
      if (index <= 0) return BlockResult.compressionError;
      start = STATIC_START[index]!;
      nameLength = STATIC_NAME[index]!;
      valueLength = STATIC_VALUE[index]!;
      id = STATIC_ID[index]!;
    }
    const length = nameLength + valueLength + 4;
    const step = this.count(length);
    if (step !== Step.field) return step;
    const at = head.length;
    if (head.bytes.length - at < length + SLACK) head.growBytes(length + SLACK);
    copyWholeWords(lines, start, head.view, at, length);
    this.place(head, at, nameLength, valueLength, id, hash, 0);
    return Step.field;
  }

  /** A field as text; its name may be out of a table. */
  private literal(head: Head, first: number, prefix: number): number {
    const at = head.length;
    const { table } = this;
    const index = this.integer(first, prefix);
    let nameLength: number;
    let id = 0;
    let flaw = 0;
    if (index === 0) {
      nameLength = this.text(head, at);
      if (nameLength < 0) return BlockResult.compressionError;
      id = this.nameId(head.bytes, at, at + nameLength);
      flaw = this.flaw;
    } else if (index <= STATIC_COUNT) {
      if (index < 0) return BlockResult.compressionError;
      nameLength = STATIC_NAME[index]!;
      if (head.bytes.length - at < nameLength + SLACK) head.growBytes(nameLength + SLACK);
      copyWholeWords(STATIC_VIEW, STATIC_START[index]!, head.view, at, nameLength);
      id = STATIC_ID[index]!;
    } else {
      if (index - STATIC_COUNT > table.count) return BlockResult.compressionError;
      const record = table.recordAt(index - STATIC_COUNT);
      const start = table.records[record]!;
      nameLength = table.records[record + Entry.nameLength]!;
      if (head.bytes.length - at < nameLength + SLACK) head.growBytes(nameLength + SLACK);
      copyWholeWords(table.view, start, head.view, at, nameLength);
      id = table.records[record + Entry.id]!;
      flaw = table.records[record + Entry.flaw]! & Flaw.name;
    }

    const valueStart = at + nameLength + 2;
    this.flaw = 0;
    const valueLength = this.text(head, valueStart);
    if (valueLength < 0) return BlockResult.compressionError;
    const { bytes } = head;
    bytes[valueStart - 2] = 0x3a;
    bytes[valueStart - 1] = 0x20;
    const valueEnd = valueStart + valueLength;
    bytes[valueEnd] = 13;
    bytes[valueEnd + 1] = 10;
    if (valueLength > 0 && (this.flaw !== 0 || bytes[valueStart]! <= 32 || bytes[valueEnd - 1]! <= 32)) flaw |= Flaw.value;
    this.flaw = flaw;
    let hash = 0;
    this.record = -1;
    if (first >= 0x40) {
      hash = lineHash(bytes, at, valueStart - 2, valueStart, valueEnd, id);
      const start = table.insert(nameLength, valueLength, hash, id, flaw);
      if (start >= 0) {
        copyBytes(bytes, at, valueEnd + 2, table.lines, start);
        this.record = table.recordAt(1);
      }
    }
    const step = this.count(valueEnd + 2 - at);
    if (step === Step.field) this.place(head, at, nameLength, valueLength, id, hash, prefix === 0x0f && first >= 0x10 ? 1 : 0);
    return step;
  }

  /** Fills the head's place for the field that is at `at` in its bytes. */
  private place(head: Head, at: number, nameLength: number, valueLength: number, id: number, hash: number, sensitive: number): void {
    const index = head.count;
    if (index >= head.room) head.growFields();
    const nameEnd = at + nameLength;
    const valueStart = nameEnd + 2;
    const valueEnd = valueStart + valueLength;
    head.put(index, id, 1, at, nameEnd, valueStart, valueEnd, valueEnd + 2, hash);
    if (hash !== 0) head.serials[index] = this.record < 0 ? 0 : this.table.serialAt(this.record);
    head.sensitive[index] = sensitive;
  }

  /** Adds a line to what the block comes to, and says whether there is room for it. */
  private count(length: number): number {
    const total = (this.total += length);
    this.lines++;
    if (total <= this.maxBytes) return this.dropping ? Step.skipped : Step.field;
    return total > this.maxBytes * ABUSIVE_FACTOR ? BlockResult.abusive : Step.skipped;
  }

  /** An integer whose first byte is at `pos` (§5.1); -1 when it is cut off or beyond reason. */
  private integer(first: number, prefix: number): number {
    this.pos++;
    let value = first & prefix;
    if (value < prefix) return value;
    const { block, end } = this;
    for (let shift = 0; shift <= 28; shift += 7) {
      if (this.pos >= end) return -1;
      const byte = block[this.pos++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (value > MAX_INTEGER) return -1;
      if (byte < 0x80) return value;
    }
    return -1;
  }

  /**
   * A string (§5.2), written to `at` of the head's bytes with room for `SLACK` more; a byte that no field value may hold sets
   * `flaw`. Returns its length; -1 when it is cut off or its coding is wrong.
   */
  private text(head: Head, at: number): number {
    const { block, end } = this;
    if (this.pos >= end) return -1;
    const first = block[this.pos]!;
    const length = this.integer(first, 0x7f);
    const from = this.pos;
    if (length < 0 || length > end - from) return -1;
    const to = (this.pos = from + length);
    const room = (first >= 0x80 ? length * 2 : length) + SLACK;
    if (head.bytes.length - at < room) growFrom(head, at, room);
    const { bytes } = head;
    if (first >= 0x80) {
      const result = decodeHuffman(block, from, to, bytes, at);
      if (result < 0) return -1;
      if ((result & 1) === 1) this.checkValue(bytes, at, result >>> 1);
      return (result >>> 1) - at;
    }
    let illegal = 0;
    for (let i = from, out = at; i < to; i++) {
      const c = block[i]!;
      bytes[out++] = c;
      illegal |= ILLEGAL[c]!;
    }
    if (illegal !== 0) this.flaw = Flaw.value;
    return length;
  }

  private checkValue(bytes: Buffer, start: number, end: number): void {
    for (let i = start; i < end; i++) if (ILLEGAL[bytes[i]!] === 1) this.flaw = Flaw.value;
  }

  /** The number of the name at `start`..`end`; sets `flaw` when no field may have it. */
  private nameId(bytes: Buffer, start: number, end: number): number {
    this.flaw = 0;
    if (start === end) this.flaw = Flaw.name;
    else if (bytes[start] === 0x3a) return pseudoId(bytes, start, end);
    let hash = 0;
    for (let i = start; i < end; i++) {
      const c = bytes[i]!;
      if (TOKEN_LOWER[c] !== c || c === 0) {
        this.flaw = Flaw.name;
        return 0;
      }
      hash = (Math.imul(hash, 31) + c) | 0;
    }
    return internHeader(bytes, start, end, hash);
  }
}

/** Makes room for `room` bytes at `at`, which is beyond the head's length: a name may be there already. */
function growFrom(head: Head, at: number, room: number): void {
  const { length } = head;
  head.length = at;
  head.growBytes(room);
  head.length = length;
}
