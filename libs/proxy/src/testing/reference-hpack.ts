import { STATIC_FIELDS } from '../codec/http2/hpack/static-table';
import { type Field, huffmanEncode } from './header-block';

/** What a block decodes to, and which of its fields are never to be indexed; undefined when it is no HPACK. */
export type ReferenceBlock = readonly (readonly [name: string, value: string, never: boolean])[] | undefined;

/** HPACK as the RFC tells it, one bit and one string at a time: what the decoder is compared with. */
export class ReferenceDecoder {
  private table: Field[] = [];
  private capacity = 4096;
  private pos = 0;
  private block: Buffer = Buffer.alloc(0);

  constructor(private readonly announced: number) {}

  /** Decodes a block. */
  decode(block: Buffer): ReferenceBlock {
    this.block = block;
    this.pos = 0;
    try {
      return this.fields();
    } catch (error) {
      if (error instanceof NotHpack) return undefined;
      throw error;
    }
  }

  private fields(): ReferenceBlock {
    const fields: [string, string, boolean][] = [];
    let resizes = 0;
    while (this.pos < this.block.length) {
      const first = this.block[this.pos]!;
      if (first >= 128) {
        fields.push([...this.entry(this.integer(7)), false]);
      } else if (first >= 64) {
        const field = this.literal(6);
        fields.push([...field, false]);
        this.table.unshift(field);
        this.evict();
      } else if (first >= 32) {
        const size = this.integer(5);
        if (size > this.announced || fields.length > 0 || ++resizes > 2) throw new NotHpack();
        this.capacity = size;
        this.evict();
      } else {
        fields.push([...this.literal(4), first >= 16]);
      }
    }
    return fields;
  }

  private literal(prefix: number): Field {
    const index = this.integer(prefix);
    const name = index === 0 ? this.text() : this.entry(index)[0];
    return [name, this.text()];
  }

  private entry(index: number): Field {
    const field = index <= 61 ? STATIC_FIELDS[index] : this.table[index - 62];
    if (index === 0 || field === undefined) throw new NotHpack();
    return field;
  }

  private evict(): void {
    const size = (fields: readonly Field[]): number => fields.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
    while (size(this.table) > this.capacity) this.table.pop();
  }

  private byte(): number {
    if (this.pos >= this.block.length) throw new NotHpack();
    return this.block[this.pos++]!;
  }

  private integer(prefix: number): number {
    const limit = 2 ** prefix - 1;
    let value = this.byte() & limit;
    if (value < limit) return value;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (value > 2 ** 28) throw new NotHpack();
      if (byte < 128) return value;
    }
    throw new NotHpack();
  }

  private text(): string {
    const coded = this.pos < this.block.length && this.block[this.pos]! >= 128;
    const length = this.integer(7);
    if (length > this.block.length - this.pos) throw new NotHpack();
    const bytes = this.block.subarray(this.pos, (this.pos += length));
    return coded ? huffmanDecode(bytes) : bytes.latin1Slice();
  }
}

class NotHpack extends Error {}

let letters: ReadonlyMap<string, string> | undefined;

function huffmanDecode(bytes: Buffer): string {
  letters ??= new Map(
    Array.from({ length: 256 }, (_, c) => {
      const letter = String.fromCharCode(c);
      // Twice the letter tells its code from the padding: the code is what both halves begin with.
      const bits = (text: string): string => [...huffmanEncode(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      let length = 5;
      while (length < 30 && bits(letter.repeat(8)).length !== length * 8) length++;
      return [bits(letter).slice(0, length), letter] as const;
    }),
  );
  let text = '';
  let code = '';
  for (const byte of bytes) {
    for (const bit of byte.toString(2).padStart(8, '0')) {
      code += bit;
      const letter = letters.get(code);
      if (letter !== undefined) {
        text += letter;
        code = '';
      }
    }
  }
  if (code.length > 7 || code.includes('0')) throw new NotHpack();
  return text;
}
