import { type SeededRandom } from './random';

/** Longest input that is tried. */
const MAX_BYTES = 4096;

/** How inputs of one parser are changed: its words, and whether it reads HTTP/2 frames. */
export interface Grammar {
  readonly words: readonly Buffer[];
  /** Bytes before the first frame; undefined: no frames. */
  readonly framesAt?: number;
}

/** A change of some input of the corpus: bytes, words, pieces of others, frames where the parser reads those. */
export function mutate(corpus: readonly Buffer[], grammar: Grammar, random: SeededRandom): Buffer {
  let input = random.pick(corpus);
  for (let changes = 1 + random.below(5); changes > 0; changes--) {
    input =
      grammar.framesAt !== undefined && random.below(2) === 0
        ? changeFrames(input, grammar.framesAt, corpus, random)
        : changeBytes(input, corpus, grammar, random);
  }
  return input.subarray(0, MAX_BYTES);
}

function changeBytes(input: Buffer, corpus: readonly Buffer[], { words }: Grammar, random: SeededRandom): Buffer {
  const at = random.below(input.length + 1);
  const to = Math.min(input.length, at + 1 + random.below(16));
  switch (random.below(8)) {
    case 0:
      return Buffer.concat([input.subarray(0, at), input.subarray(to)]);
    case 1:
      return Buffer.concat([input.subarray(0, to), input.subarray(at)]);
    case 2: {
      const other = random.pick(corpus);
      const from = random.below(other.length + 1);
      return Buffer.concat([input.subarray(0, at), other.subarray(from, from + 1 + random.below(64)), input.subarray(at)]);
    }
    case 3:
    case 4:
      return Buffer.concat([
        input.subarray(0, at),
        words.length > 0 ? random.pick(words) : Buffer.alloc(0),
        input.subarray(random.below(2) === 0 ? at : to),
      ]);
    default: {
      const copy = Buffer.from(input);
      if (copy.length === 0) return Buffer.from([random.below(256)]);
      const position = random.below(copy.length);
      copy[position] =
        random.below(3) === 0
          ? copy[position]! ^ (1 << random.below(8))
          : random.pick([0, 1, 9, 10, 13, 32, 127, 128, 255, random.below(256)]);
      return copy;
    }
  }
}

function changeFrames(input: Buffer, framesAt: number, corpus: readonly Buffer[], random: SeededRandom): Buffer {
  const frames = framesOf(input.subarray(framesAt));
  const others = framesOf(random.pick(corpus).subarray(framesAt));
  if (frames.length === 0) return Buffer.concat([input.subarray(0, framesAt), ...others]);
  const at = random.below(frames.length);
  const frame = Buffer.from(frames[at]!);
  switch (random.below(7)) {
    case 0:
      frames.splice(at, 1);
      break;
    case 1:
      frames.splice(random.below(frames.length + 1), 0, frame);
      break;
    case 2:
      if (others.length > 0) frames.splice(at, 0, random.pick(others));
      break;
    case 3:
      frame[3] = random.below(12);
      frames[at] = frame;
      break;
    case 4:
      frame[4] = random.pick([0, 1, 4, 5, 8, 0x20, 0x2d, random.below(256)]);
      frames[at] = frame;
      break;
    case 5:
      frame.writeUInt32BE(random.pick([0, 1, 2, 3, 5, 7, 0x7fff_ffff, random.below(20)]), 5);
      frames[at] = frame;
      break;
    default: {
      const payload = frame.subarray(9);
      const cut = random.below(payload.length + 1);
      const changed = Buffer.concat([payload.subarray(0, cut), Buffer.from([random.below(256)]), payload.subarray(cut + random.below(3))]);
      const whole = Buffer.concat([frame.subarray(0, 9), changed]);
      whole.writeUIntBE(changed.length, 0, 3);
      frames[at] = whole;
    }
  }
  return Buffer.concat([input.subarray(0, framesAt), ...frames]);
}

/** Whole frames; what is no whole frame at the end is one too. */
function framesOf(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    frames.push(bytes.subarray(at, Math.min(end, bytes.length)));
    at = end;
  }
  return frames;
}
