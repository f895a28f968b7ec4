import { type Head } from '../head';
import { FIELD_VALUE, HEX, TOKEN_LOWER } from './chars';
import { HeadError } from './head-error';
import { DEFAULT_HEAD_LIMITS } from './parse-fields';
import { NOT_IN_TRAILERS, type Trailers } from './trailers';

/** How the end of a body is known. */
export const BodyMode = { none: 0, length: 1, chunked: 2, untilClose: 3 } as const;
export type BodyMode = (typeof BodyMode)[keyof typeof BodyMode];

const MAX_SIZE_DIGITS = 13;
/** What lines of sizes may have besides their size, more than there is content: all of a body together. */
const MAX_IDLE_BYTES = 64 * 1024;
const BLANK = 32;
const TAB = 9;
const QUOTE = 34;
const BACKSLASH = 92;
const ZERO = 48;

const State = {
  size: 0,
  sizeDigits: 1,
  extension: 2,
  sizeLf: 3,
  data: 4,
  dataCr: 5,
  dataLf: 6,
  trailerStart: 7,
  trailerName: 8,
  trailerValue: 9,
  trailerLf: 10,
  endLf: 11,
  sizeBlank: 12,
  quoted: 13,
  quotedPair: 14,
} as const;

/**
 * Follows one body through the reads it arrives in and says which bytes are content.
 *
 * Chunked coding is taken apart so that a line has one end, CRLF, whoever reads it: blanks may follow a size, an
 * extension has no control characters, and its quotes end on their line. Extensions are dropped, and so are trailers
 * where nobody keeps them, as Envoy does by default. Call `next` until it returns its `end` or `done` is set.
 * Spec: RFC 9112 §6, §7.
 */
export class BodyReader {
  mode: BodyMode = BodyMode.none;
  /** The whole body has been seen. */
  done = true;
  /** Bytes left of the content-length or of the current chunk. */
  remaining = 0;
  /** Content found by the last `next`; empty when equal. */
  dataStart = 0;
  dataEnd = 0;
  private state: number = State.size;
  private digits = 0;
  /** Of a chunk's line, and of trailers. */
  private extra = 0;
  /** What trailers may come to. */
  maxTrailerBytes: number = DEFAULT_HEAD_LIMITS.maxHeadBytes;
  private trailers: Trailers | undefined;

  /** Starts a body. `length` counts for `BodyMode.length` only; `trailers` keeps those of a body in chunks. */
  begin(mode: BodyMode, length: number, trailers?: Trailers): void {
    this.mode = mode;
    this.trailers = trailers;
    trailers?.begin();
    this.done = mode === BodyMode.none || (mode === BodyMode.length && length === 0);
    this.remaining = mode === BodyMode.length ? length : 0;
    this.state = State.size;
    this.digits = 0;
    this.extra = 0;
  }

  /** Fields after the body, to be read once it is done; undefined where there are none, or nobody keeps them. */
  get trailerFields(): Head | undefined {
    return this.trailers?.fields;
  }

  /** Advances to the next run of content within `start`..`end`: the offset read up to, or a negated refusal. */
  next(buffer: Buffer, start: number, end: number): number {
    switch (this.mode) {
      case BodyMode.none:
        this.dataStart = this.dataEnd = start;
        return start;
      case BodyMode.untilClose:
        this.dataStart = start;
        this.dataEnd = end;
        return end;
      case BodyMode.length: {
        const take = Math.min(this.remaining, end - start);
        this.remaining -= take;
        this.done = this.remaining === 0;
        this.dataStart = start;
        this.dataEnd = start + take;
        return start + take;
      }
      case BodyMode.chunked:
        return this.nextChunk(buffer, start, end);
    }
  }

  private nextChunk(buffer: Buffer, start: number, end: number): number {
    this.dataStart = this.dataEnd = start;
    let pos = start;
    while (pos < end) {
      const c = buffer[pos]!;
      switch (this.state) {
        case State.size:
        case State.sizeDigits: {
          const digit = HEX[c]!;
          if (digit !== 255) {
            if (c === ZERO && this.remaining === 0) {
              if (++this.extra > MAX_IDLE_BYTES) return HeadError.bad_chunk;
            } else if (++this.digits > MAX_SIZE_DIGITS) return HeadError.bad_chunk;
            this.remaining = this.remaining * 16 + digit;
            this.state = State.sizeDigits;
          } else if (this.state === State.size || !this.endSize(c)) return HeadError.bad_chunk;
          pos++;
          break;
        }
        case State.sizeBlank:
          if (++this.extra > MAX_IDLE_BYTES || !this.endSize(c)) return HeadError.bad_chunk;
          pos++;
          break;
        case State.extension:
          if (c === 13) this.state = State.sizeLf;
          else if (c === QUOTE) this.state = State.quoted;
          else if (!isText(c)) return HeadError.bad_chunk;
          if (++this.extra > MAX_IDLE_BYTES) return HeadError.bad_chunk;
          pos++;
          break;
        case State.quoted:
          if (c === QUOTE) this.state = State.extension;
          else if (c === BACKSLASH) this.state = State.quotedPair;
          else if (!isText(c)) return HeadError.bad_chunk;
          if (++this.extra > MAX_IDLE_BYTES) return HeadError.bad_chunk;
          pos++;
          break;
        case State.quotedPair:
          if (!isText(c) || ++this.extra > MAX_IDLE_BYTES) return HeadError.bad_chunk;
          this.state = State.quoted;
          pos++;
          break;
        case State.sizeLf:
          if (c !== 10) return HeadError.bad_chunk;
          pos++;
          this.digits = 0;
          if (this.remaining === 0) {
            this.extra = 0;
            this.state = State.trailerStart;
          } else {
            this.extra = Math.max(0, this.extra - this.remaining);
            this.state = State.data;
          }
          break;
        case State.data: {
          const take = Math.min(this.remaining, end - pos);
          this.remaining -= take;
          if (this.remaining === 0) this.state = State.dataCr;
          this.dataStart = pos;
          this.dataEnd = pos + take;
          return pos + take;
        }
        case State.dataCr:
          if (c !== 13) return HeadError.bad_chunk;
          this.state = State.dataLf;
          pos++;
          break;
        case State.dataLf:
          if (c !== 10) return HeadError.bad_chunk;
          this.state = State.size;
          pos++;
          break;
        case State.endLf:
          if (c !== 10) return HeadError.bad_trailer;
          this.trailers?.push(c);
          this.done = true;
          this.dataStart = this.dataEnd = pos + 1;
          return this.trailers?.finish() || pos + 1;
        default:
          if (++this.extra > this.maxTrailerBytes) return HeadError.too_large;
          if (!this.trailerByte(c)) return HeadError.bad_trailer;
          this.trailers?.push(c);
          pos++;
      }
    }
    this.dataStart = this.dataEnd = end;
    return end;
  }

  /** What may follow the digits of a size; false: this may not. */
  private endSize(c: number): boolean {
    if (c === 13) this.state = State.sizeLf;
    else if (c === 59) this.state = State.extension;
    else if (c === BLANK || c === TAB) this.state = State.sizeBlank;
    else return false;
    return true;
  }

  private trailerByte(c: number): boolean {
    switch (this.state) {
      case State.trailerStart:
        if (c === 13) {
          this.state = State.endLf;
          return true;
        }
        this.state = State.trailerName;
        this.trailerName = '';
        return this.nameByte(c, true);
      case State.trailerName:
        return this.nameByte(c, false);
      case State.trailerValue:
        if (c === 13) this.state = State.trailerLf;
        else return FIELD_VALUE[c] === 1 || c === 32 || c === 9;
        return true;
      case State.trailerLf:
        this.state = State.trailerStart;
        return c === 10;
      default:
        return false;
    }
  }

  private trailerName = '';

  private nameByte(c: number, first: boolean): boolean {
    if (c === 58 && !first) {
      this.state = State.trailerValue;
      return !NOT_IN_TRAILERS.has(this.trailerName);
    }
    const lower = TOKEN_LOWER[c]!;
    if (lower === 0) return false;
    this.trailerName += String.fromCharCode(lower);
    return true;
  }
}

/** What an extension may have: blanks, and all that is no control character. */
function isText(c: number): boolean {
  return FIELD_VALUE[c] === 1 || c === BLANK || c === TAB;
}
