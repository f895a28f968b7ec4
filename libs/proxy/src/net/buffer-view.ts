/** Above this the runtime's own copy is faster, call and all. */
export const FEW_BYTES = 256;

let viewed: Buffer | undefined;
let view: DataView = new DataView(new ArrayBuffer(0));

/** A view of a buffer; the same one again while it is asked for the same buffer, as of the one that everything is read into. */
export function viewOf(buffer: Buffer): DataView {
  if (viewed !== buffer) {
    viewed = buffer;
    view = newView(buffer);
  }
  return view;
}

/** A view of a buffer, made anew. */
export function newView(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}
