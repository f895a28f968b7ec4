/** An extension of a client hello. */
export function extension(type: number, data: Buffer): Buffer {
  return Buffer.concat([number(type, 2), sized(data, 2)]);
}

/** The extension that names a server; `type` 0 is a host name. Spec: RFC 6066 §3. */
export function serverNames(...names: readonly (readonly [type: number, name: string])[]): Buffer {
  return extension(
    0,
    sized(Buffer.concat(names.map(([type, name]) => Buffer.concat([number(type, 1), sized(Buffer.from(name, 'latin1'), 2)]))), 2),
  );
}

/** The extension that offers protocols. Spec: RFC 7301 §3.1. */
export function protocols(...names: readonly string[]): Buffer {
  return extension(16, sized(Buffer.concat(names.map((name) => sized(Buffer.from(name, 'latin1'), 1))), 2));
}

/** A list of numbers of two bytes, its length first. */
function list(size: 1 | 2, ...values: readonly number[]): Buffer {
  return sized(Buffer.concat(values.map((value) => number(value, 2))), size);
}

/** What every client says: groups, signatures, versions, a key. */
const COMMON = [
  extension(10, list(2, 0x1d, 0x17)),
  extension(13, list(2, 0x0403, 0x0804, 0x0401)),
  extension(43, list(1, 0x0304, 0x0303)),
  extension(51, sized(Buffer.concat([number(0x1d, 2), sized(Buffer.alloc(32, 9), 2)]), 2)),
];

/** A client hello without its record, always the same. Spec: RFC 8446 §4.1.2. */
export function clientHello(...more: readonly Buffer[]): Buffer {
  const body = Buffer.concat([
    number(0x0303, 2),
    Buffer.alloc(32, 7),
    sized(Buffer.alloc(32, 8), 1),
    list(2, 0x1301, 0xc02f),
    sized(Buffer.alloc(1), 1),
    sized(Buffer.concat([...more, ...COMMON]), 2),
  ]);
  return Buffer.concat([number(1, 1), sized(body, 3)]);
}

/** The same made `bytes` long, by padding behind its other extensions of one's own. */
export function longHello(bytes: number, ...more: readonly Buffer[]): Buffer {
  const padding = (count: number): Buffer => extension(21, Buffer.alloc(count));
  return clientHello(...more, padding(bytes - clientHello(...more, padding(0)).length));
}

/** A record of TLS; a handshake's unless it says otherwise. */
export function record(payload: Buffer, type = 22, version = 0x0301): Buffer {
  return Buffer.concat([number(type, 1), number(version, 2), sized(payload, 2)]);
}

/** In records of at most `size` bytes. */
export function records(payload: Buffer, size: number): Buffer {
  return Buffer.concat(
    Array.from({ length: Math.ceil(payload.length / size) }, (_, i) => record(payload.subarray(i * size, (i + 1) * size))),
  );
}

function number(value: number, size: 1 | 2 | 3): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

function sized(data: Buffer, size: 1 | 2 | 3): Buffer {
  return Buffer.concat([number(data.length, size), data]);
}
