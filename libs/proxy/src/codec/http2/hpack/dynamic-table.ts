const FIRST_LINES = 512;
const FIRST_ENTRIES = 16;

/** What an entry weighs besides its name and value. Spec: RFC 7541 §4.1. */
export const ENTRY_OVERHEAD = 32;

/** Numbers kept for each entry: its record begins at `recordAt`, these are the places in it. */
export const Entry = { start: 0, nameLength: 1, valueLength: 2, hash: 3, id: 4, flaw: 5, mark: 6 } as const;
const RECORD = 8;
const RECORD_SHIFT = 3;

/** Numbers of entries begin again after this many: none lives that long. */
const NUMBERS = (1 << 30) - 1;

/** Unused bytes after the last line, so that it too can be read by words. */
const SLACK = 4;

/** Entries ever made in this process. */
let lastSerial = 0;

const EMPTY = Buffer.alloc(0);

/**
 * The fields one direction of a connection has in common with its peer, oldest dropped first. Spec: RFC 7541 §2.3.2, §4.
 *
 * Each is kept as the line it is in a head, `name: value\r\n`, in a ring of bytes; nothing is allocated per entry. Memory
 * grows with what is stored, to about twice `capacity`.
 */
export class DynamicTable {
  /** The lines. At least twice as long as all that is stored, so that no line is ever split at its end. */
  lines: Buffer = EMPTY;
  /** The same bytes, to be read by words. */
  view: DataView = new DataView(EMPTY.buffer, 0, 0);
  /** `RECORD` numbers for each entry, in a ring. */
  records = new Int32Array(0);
  /**
   * By place in `records`: in a decoder's table the entry's own number in this process, in an encoder's that of the entry
   * last found to be the same. Numbers are never used twice, so equal ones are equal lines.
   */
  private serials = new Float64Array(0);
  /** By place in `records`: what a reader made of an entry's value, undefined until it did. */
  private readonly texts: (string | undefined)[] = [];
  /** Entries there are. */
  count = 0;
  /** Size by RFC 7541 §4.1. */
  size = 0;
  /** Size allowed. */
  capacity: number;
  /** The number the next entry gets. */
  private upcoming = 0;
  /** Where the next line goes, and bytes of lines that are in use. */
  private writeAt = 0;
  private used = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Where the record of the entry of that age is; the newest is of age 1, the oldest of age `count`. */
  recordAt(age: number): number {
    return ((this.upcoming - age) << RECORD_SHIFT) & (this.records.length - 1);
  }

  /** The number of the entry of that age, by which it can be asked for as long as it is there. */
  numberOf(age: number): number {
    return (this.upcoming - age) & NUMBERS;
  }

  /** The age of entry `number`; more than `count` when it has been dropped. */
  ageOf(number: number): number {
    return (this.upcoming - number) & NUMBERS;
  }

  /** The text an entry goes by, and a number that goes with it. */
  remember(record: number, text: string, mark: number): void {
    this.texts[record >>> RECORD_SHIFT] = text;
    this.records[record + Entry.mark] = mark;
  }

  /** What was remembered about an entry. */
  textAt(record: number): string | undefined {
    return this.texts[record >>> RECORD_SHIFT];
  }

  /** The serial of an entry. */
  serialAt(record: number): number {
    return this.serials[record >>> RECORD_SHIFT]!;
  }

  /** Notes that an entry is the same line as the one with that serial. */
  setSerial(record: number, serial: number): void {
    this.serials[record >>> RECORD_SHIFT] = serial;
  }

  /** Changes the size allowed. */
  resize(capacity: number): void {
    this.capacity = capacity;
    this.evictTo(capacity);
  }

  /** Makes room for a line and returns where it goes; -1 when it is larger than the table, which then is empty (§4.4). */
  insert(nameLength: number, valueLength: number, hash: number, id: number, flaw: number): number {
    const size = nameLength + valueLength + ENTRY_OVERHEAD;
    if (size > this.capacity) {
      this.evictTo(0);
      return -1;
    }
    this.evictTo(this.capacity - size);
    const length = nameLength + valueLength + 4;
    if ((this.used + length) * 2 + SLACK > this.lines.length) this.growLines(length);
    if ((this.count + 1) * RECORD > this.records.length) this.growRecords();
    if (this.writeAt + length + SLACK > this.lines.length) this.writeAt = 0;
    const { records } = this;
    const record = (this.upcoming << RECORD_SHIFT) & (records.length - 1);
    const start = this.writeAt;
    records[record + Entry.start] = start;
    records[record + Entry.nameLength] = nameLength;
    records[record + Entry.valueLength] = valueLength;
    records[record + Entry.hash] = hash;
    records[record + Entry.id] = id;
    records[record + Entry.flaw] = flaw;
    this.texts[record >>> RECORD_SHIFT] = undefined;
    this.serials[record >>> RECORD_SHIFT] = ++lastSerial;
    this.writeAt = start + length;
    this.used += length;
    this.size += size;
    this.count++;
    this.upcoming = (this.upcoming + 1) & NUMBERS;
    return start;
  }

  private evictTo(size: number): void {
    while (this.size > size) {
      const record = this.recordAt(this.count);
      const length = this.records[record + Entry.nameLength]! + this.records[record + Entry.valueLength]!;
      this.size -= length + ENTRY_OVERHEAD;
      this.used -= length + 4;
      this.count--;
    }
  }

  private growLines(more: number): void {
    let length = Math.max(FIRST_LINES, this.lines.length);
    while ((this.used + more) * 2 + SLACK > length) length *= 2;
    const grown = Buffer.allocUnsafeSlow(length);
    let at = 0;
    for (let age = this.count; age > 0; age--) {
      const record = this.recordAt(age);
      const start = this.records[record + Entry.start]!;
      const end = start + this.records[record + Entry.nameLength]! + this.records[record + Entry.valueLength]! + 4;
      this.lines.copy(grown, at, start, end);
      this.records[record + Entry.start] = at;
      at += end - start;
    }
    this.lines = grown;
    this.view = new DataView(grown.buffer, grown.byteOffset, grown.length);
    this.writeAt = at;
  }

  private growRecords(): void {
    const grown = new Int32Array(Math.max(FIRST_ENTRIES * RECORD, this.records.length * 2));
    const serials = new Float64Array(grown.length / RECORD);
    for (let age = this.count; age > 0; age--) {
      const from = this.recordAt(age);
      grown.set(this.records.subarray(from, from + RECORD), ((this.upcoming - age) << RECORD_SHIFT) & (grown.length - 1));
      serials[(this.upcoming - age) & (serials.length - 1)] = this.serialAt(from);
    }
    this.records = grown;
    this.serials = serials;
    // An entry's place stays or becomes one of the new ones, whose texts are found again when they are needed.
    while (this.texts.length < serials.length) this.texts.push(undefined);
  }
}
