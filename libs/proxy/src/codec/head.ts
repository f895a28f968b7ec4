import { copyWords } from '@lateen/base';
import { FEW_BYTES, viewOf } from '../net/buffer-view';
import '../net/latin1';
import { giveRoom, newRoom, type Room, takeRoom } from '../net/rooms';
import { Header, headerId, headerName, KNOWN_NAMES } from './http1/header-names';

const INITIAL_FIELDS = 32;
const INITIAL_BYTES = 1024;
/** A head that waits to be used again keeps no more. */
const KEPT_BYTES = 16 * 1024;
/** Longer texts are read anew every time. */
const REMEMBERED_CHARS = 64;

/** Numbers that `Head.fields` has for each field, behind as many that say which known names there may be. */
export const FIELD = 8;
/** Where they are, before `FIELD` times the field's index is added; bytes are offsets into `Head.bytes`. */
export const Slot = {
  /** The number of its name; 0: none that the proxy knows. */
  id: 8,
  /** 1: forward; 0: removed, or framing that is rebuilt; 2: forward, but not byte for byte (odd whitespace). */
  keep: 9,
  nameStart: 10,
  nameEnd: 11,
  valueStart: 12,
  valueEnd: 13,
  /** Offset after the field's line end. */
  lineEnd: 14,
  /** The hash HPACK knows the field by, when it was read from HTTP/2; 0 when it was not worked out. */
  hash: 15,
} as const;

/**
 * The header fields of one message: byte ranges into a buffer of its own, plus edits made since.
 *
 * Reused from message to message, never retained past its stream. Names are stored lower-cased. Values become
 * strings only when something asks for them; what nobody edits is forwarded as the bytes it came in.
 */
export class Head {
  /** Holds the head as it came, from offset 0; only `length` bytes are meaningful. */
  bytes: Buffer;
  /** The same bytes, to be read and written by words. */
  view: DataView;
  length = 0;

  /** Number of fields as parsed; removed ones still count. */
  count = 0;
  /** What is known of each, `FIELD` numbers a field: together, so that a head costs few lines of the processor's cache. */
  fields = new Int32Array((INITIAL_FIELDS + 1) * FIELD);

  /** Read from HTTP/2: only then do their hashes, `serials` and `sensitive` say something. */
  fromHttp2 = false;
  /** The number of the table entry the field came out of, the process's own; says something where there is a hash. */
  serials = new Float64Array(INITIAL_FIELDS);
  /** 1: no table on the way may remember the field (RFC 7541 §6.2.3). */
  sensitive = new Uint8Array(INITIAL_FIELDS);

  /** Fields added since parsing, name and value alternating. */
  readonly added: string[] = [];
  /** The number of each added field's name; as many as there are pairs. */
  private readonly addedIds: number[] = [];

  /** Length of the body as framed, -1 when not given by Content-Length. */
  contentLength = -1;
  /** Body comes in chunks. */
  chunked = false;
  /** The connection may carry another message after this one. */
  keepAlive = true;
  /** `Connection: keep-alive` was sent, which means something in HTTP/1.0. */
  keepAliveAsked = false;
  /** `Connection: upgrade` was sent along with an Upgrade field. */
  upgrade = false;
  /** Connection had tokens besides close, keep-alive and upgrade: fields it nominates, comma-separated. */
  nominated = '';

  constructor() {
    const { bytes, view } = newRoom(INITIAL_BYTES);
    this.bytes = bytes;
    this.view = view;
  }

  /** Forgets everything but the allocated room. */
  resetFields(): void {
    this.count = 0;
    this.length = 0;
    const { fields } = this;
    for (let i = 0; i < FIELD; i++) fields[i] = 0;
    this.fromHttp2 = false;
    this.contentLength = -1;
    this.chunked = false;
    this.keepAlive = true;
    this.keepAliveAsked = false;
    this.upgrade = false;
    this.nominated = '';
    while (this.added.length > 0) {
      this.added.pop();
      this.added.pop();
      this.addedIds.pop();
    }
  }

  /** Fields that there is room for. */
  get room(): number {
    return this.sensitive.length;
  }

  /** Makes room for more fields. */
  growFields(): void {
    const size = this.room * 2;
    this.fields = copyInto(new Int32Array((size + 1) * FIELD), this.fields);
    this.serials = copyInto(new Float64Array(size), this.serials);
    this.sensitive = copyInto(new Uint8Array(size), this.sensitive);
  }

  /** Makes room for `bytes` after those the head has. */
  growBytes(bytes: number): void {
    this.moveTo(takeRoom(Math.max(this.length + bytes, this.bytes.length * 2)));
  }

  /** Copies the head's bytes so that they outlive the read buffer. */
  store(source: Buffer, start: number, end: number): void {
    const length = end - start;
    if (this.bytes.length < length) {
      this.length = 0;
      this.moveTo(takeRoom(Math.max(length, this.bytes.length * 2)));
    }
    if (length <= FEW_BYTES) copyWords(viewOf(source), start, this.view, 0, length);
    else source.copy(this.bytes, 0, start, end);
    this.length = length;
  }

  /** Gives back the room that is not in use. */
  trimBytes(): void {
    this.moveTo(takeRoom(Math.max(INITIAL_BYTES, this.length)));
  }

  /** Leaves a large room to others; the head is forgotten. */
  shed(): void {
    if (this.bytes.length <= KEPT_BYTES) return;
    this.resetFields();
    this.moveTo(newRoom(INITIAL_BYTES));
  }

  /** The value of a field; several of the same name are joined by commas in order; undefined when absent. */
  get(name: string): string | undefined {
    const id = headerId(name);
    if (id !== 0) return this.getById(id);
    let value = this.namedValue(name);
    const { added } = this;
    for (let i = 0; i < added.length; i += 2)
      if (added[i] === name) value = value === undefined ? added[i + 1]! : `${value},${added[i + 1]!}`;
    return value;
  }

  /** As `get`, for a name the proxy knows. */
  getById(id: number): string | undefined {
    if (this.lacks(id)) return undefined;
    let value: string | undefined;
    const { fields, count } = this;
    for (let i = 0; i < count; i++) {
      if (fields[i * FIELD + Slot.id] === id && fields[i * FIELD + Slot.keep] !== 0) value = this.join(value, i);
    }
    const { addedIds } = this;
    for (let i = 0; i < addedIds.length; i++) {
      if (addedIds[i] === id) value = value === undefined ? this.added[2 * i + 1]! : `${value},${this.added[2 * i + 1]!}`;
    }
    return value;
  }

  /** Whether a known field is present, removed ones apart. */
  hasId(id: number): boolean {
    if (this.lacks(id)) return false;
    const { fields, count } = this;
    for (let i = 0; i < count; i++) if (fields[i * FIELD + Slot.id] === id && fields[i * FIELD + Slot.keep] !== 0) return true;
    return this.addedIds.includes(id);
  }

  /** Appends a field, whatever is there already. The caller vouches for both strings being legal. */
  add(name: string, value: string): void {
    const id = headerId(name);
    this.note(id);
    this.added.push(name, value);
    this.addedIds.push(id);
  }

  /** As `add`, for a name the proxy knows. */
  addById(id: number, value: string): void {
    this.note(id);
    this.added.push(headerName(id), value);
    this.addedIds.push(id);
  }

  /** As `set`, for a name the proxy knows. */
  setById(id: number, value: string): void {
    this.removeId(id);
    this.addById(id, value);
  }

  /** Replaces every field of that name by one. */
  set(name: string, value: string): void {
    const id = headerId(name);
    this.removeNamed(id, name);
    this.note(id);
    this.added.push(name, value);
    this.addedIds.push(id);
  }

  /** Drops every field of that name. */
  remove(name: string): void {
    this.removeNamed(headerId(name), name);
  }

  private removeNamed(id: number, name: string): void {
    if (id !== 0) this.removeId(id);
    else {
      for (let i = 0; i < this.count; i++) if (this.slot(i, Slot.id) === 0 && this.nameIs(i, name)) this.drop(i);
      this.removeAdded(name);
    }
  }

  /** Whether there is surely no field of a known name, removed or not. */
  lacks(id: number): boolean {
    return (this.fields[id >> 5]! & (1 << (id & 31))) === 0;
  }

  /** There may be a field of that name from now on. */
  private note(id: number): void {
    this.fields[id >> 5]! |= 1 << (id & 31);
  }

  /** Drops every field of a known name. */
  removeId(id: number): void {
    if (this.lacks(id)) return;
    const { fields, count, addedIds } = this;
    for (let i = 0; i < count; i++) if (fields[i * FIELD + Slot.id] === id) fields[i * FIELD + Slot.keep] = 0;
    for (let i = addedIds.length - 1; i >= 0; i--) if (addedIds[i] === id) this.dropAdded(i);
  }

  get hasConnectionTokens(): boolean {
    return this.nominated !== '';
  }

  /** Drops what Connection nominated, the fields that end at this hop, except those another rule needs. */
  dropNominated(): void {
    for (const name of this.nominated.split(',')) {
      const id = headerId(name);
      if (name !== '' && !PROTECTED.has(id)) this.remove(name);
    }
  }

  /** The number of the name of the added pair that begins at `added[2 * pair]`. */
  addedId(pair: number): number {
    return this.addedIds[pair]!;
  }

  /** Calls back with each forwarded field in order. */
  forEach(visit: (name: string, value: string) => void): void {
    for (let i = 0; i < this.count; i++) {
      if (this.slot(i, Slot.keep) !== 0) visit(this.nameAt(i), this.valueAt(i));
    }
    for (let i = 0; i < this.added.length; i += 2) visit(this.added[i]!, this.added[i + 1]!);
  }

  /** The values of a field, one for each line. */
  lines(name: string): readonly string[] {
    const values: string[] = [];
    this.forEach((other, value) => {
      if (other === name) values.push(value);
    });
    return values;
  }

  /** The same fields in a head of their own, as edits. */
  copy(): Head {
    const copy = new Head();
    this.forEach((name, value) => copy.add(name, value));
    return copy;
  }

  /** The Upgrade field's value as sent, of several joined; empty without. */
  upgradeValue(): string {
    let value = '';
    for (let i = 0; i < this.count; i++)
      if (this.slot(i, Slot.id) === Header.upgrade) value = value === '' ? this.valueAt(i) : `${value},${this.valueAt(i)}`;
    return value;
  }

  /** The bytes at `start`..`end` as text; `likely` itself when they say the same, as one message's often do the next's. */
  textAt(start: number, end: number, likely: string): string {
    const length = end - start;
    if (length !== likely.length || length > REMEMBERED_CHARS) return this.bytes.latin1Slice(start, end);
    const { bytes } = this;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== likely.charCodeAt(i)) return bytes.latin1Slice(start, end);
    return likely;
  }

  /** What is known of field `index`: one of its `Slot`s. */
  slot(index: number, slot: number): number {
    return this.fields[index * FIELD + slot]!;
  }

  /** Notes field `index`. The numbers are those of `Slot`. */
  put(
    index: number,
    id: number,
    keep: number,
    nameStart: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
    lineEnd: number,
    hash: number,
  ): void {
    const { fields } = this;
    const at = index * FIELD;
    this.note(id);
    fields[at + Slot.id] = id;
    fields[at + Slot.keep] = keep;
    fields[at + Slot.nameStart] = nameStart;
    fields[at + Slot.nameEnd] = nameEnd;
    fields[at + Slot.valueStart] = valueStart;
    fields[at + Slot.valueEnd] = valueEnd;
    fields[at + Slot.lineEnd] = lineEnd;
    fields[at + Slot.hash] = hash;
  }

  /** Field `index` is not forwarded. */
  drop(index: number): void {
    this.fields[index * FIELD + Slot.keep] = 0;
  }

  /** The name of field `index`. */
  nameAt(index: number): string {
    return this.bytes.latin1Slice(this.slot(index, Slot.nameStart), this.slot(index, Slot.nameEnd));
  }

  /** The value of field `index` as parsed. */
  valueAt(index: number): string {
    const id = this.slot(index, Slot.id);
    const start = this.slot(index, Slot.valueStart);
    const end = this.slot(index, Slot.valueEnd);
    const likely = lastValues[id];
    if (likely === undefined || end - start > REMEMBERED_CHARS) return this.bytes.latin1Slice(start, end);
    return (lastValues[id] = this.textAt(start, end, likely));
  }

  private moveTo(room: Room): void {
    if (this.length > 0) this.bytes.copy(room.bytes, 0, 0, this.length);
    giveRoom({ bytes: this.bytes, view: this.view });
    this.bytes = room.bytes;
    this.view = room.view;
  }

  private namedValue(name: string): string | undefined {
    let value: string | undefined;
    for (let i = 0; i < this.count; i++) {
      if (this.slot(i, Slot.id) === 0 && this.slot(i, Slot.keep) !== 0 && this.nameIs(i, name)) value = this.join(value, i);
    }
    return value;
  }

  private join(value: string | undefined, index: number): string {
    const next = this.valueAt(index);
    return value === undefined ? next : `${value},${next}`;
  }

  private nameIs(index: number, name: string): boolean {
    const start = this.slot(index, Slot.nameStart);
    if (this.slot(index, Slot.nameEnd) - start !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (this.bytes[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  private removeAdded(name: string): void {
    for (let i = this.addedIds.length - 1; i >= 0; i--) if (this.added[2 * i] === name) this.dropAdded(i);
  }

  private dropAdded(index: number): void {
    this.added.splice(2 * index, 2);
    this.addedIds.splice(index, 1);
  }
}

/** A request's head. */
export class RequestHead extends Head {
  method = 'GET';
  /** Path and query as they will be forwarded; edits replace it. */
  path = '/';
  /** Host and port as sent, any case. */
  authority = '';
  /** `http` or `https` as an HTTP/2 client said; empty when nobody did. */
  scheme = '';
  /** What an extended CONNECT is to carry, `websocket` for one; undefined for every other request. Spec: RFC 8441. */
  protocol: string | undefined = undefined;
  /** `te: trailers`: the client reads trailers. */
  teTrailers = false;
  /** The target may change under path normalization, so it has to be looked at again. */
  pathSpecial = false;
  /** `Expect: 100-continue`. */
  expectContinue = false;
  /** The client speaks HTTP/1.0, and understands no chunks. */
  http10 = false;
}

/** A response's head. */
export class ResponseHead extends Head {
  status = 0;
  /** Reason phrase as sent, possibly empty. */
  reason = '';
  /** The peer speaks HTTP/1.0, whose connections are not kept. */
  http10 = false;
}

/** Fields `Connection` cannot talk us out of: each protects somebody further on. */
const PROTECTED: ReadonlySet<number> = new Set([
  Header.host,
  Header['content-length'],
  Header['transfer-encoding'],
  Header['x-forwarded-for'],
  Header['x-forwarded-proto'],
  Header['x-forwarded-client-cert'],
  Header['x-request-id'],
  Header.authorization,
  Header['x-envoy-peer-metadata'],
  Header['x-envoy-peer-metadata-id'],
]);

/** What the field of each name that the proxy knows said when it was read last: clients repeat themselves. */
const lastValues: (string | undefined)[] = [undefined, ...new Array<string>(KNOWN_NAMES - 1).fill('')];
// What proves who somebody is does not outlive its request.
for (const name of ['authorization', 'proxy-authorization', 'cookie', 'set-cookie'] as const) lastValues[Header[name]] = undefined;

function copyInto<T extends Uint8Array | Int32Array | Float64Array>(target: T, source: T): T {
  target.set(source);
  return target;
}
