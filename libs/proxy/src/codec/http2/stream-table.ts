const FIRST_ROOM = 16;

/**
 * The open streams of a connection by number. Numbers only grow (RFC 9113 §5.1.1), so a new stream goes to the end, and
 * one is found by halving.
 *
 * A `Map` makes a new table every few dozen streams, and V8 lets each old one keep the next alive: once one has become
 * old, all that ever were in them become old too, and the whole heap has to be collected every second.
 */
export class StreamTable<S> {
  /** How many there are. */
  size = 0;
  private ids = new Int32Array(FIRST_ROOM);
  /** In the order of their numbers; undefined where one has gone. */
  private streams: (S | undefined)[] = new Array<S | undefined>(FIRST_ROOM).fill(undefined);
  /** All that are there are from `first` on, before `end`. */
  private first = 0;
  private end = 0;

  /** The stream of that number; undefined when there is none. */
  get(id: number): S | undefined {
    const at = this.indexOf(id);
    return at < 0 ? undefined : this.streams[at];
  }

  /** Adds a stream whose number is greater than all before. */
  add(id: number, stream: S): void {
    if (this.end === this.ids.length) this.makeRoom();
    this.ids[this.end] = id;
    this.streams[this.end++] = stream;
    this.size++;
  }

  /** Removes a stream, where it is there. */
  delete(id: number): void {
    const at = this.indexOf(id);
    if (at < 0 || this.streams[at] === undefined) return;
    this.streams[at] = undefined;
    if (--this.size === 0) {
      this.first = this.end = 0;
      return;
    }
    while (this.streams[this.first] === undefined) this.first++;
    while (this.streams[this.end - 1] === undefined) this.end--;
  }

  /** Removes all. */
  clear(): void {
    this.streams.fill(undefined);
    this.size = this.first = this.end = 0;
  }

  /** All that are there now, in the order of their numbers. */
  values(): S[] {
    return this.streams.slice(this.first, this.end).filter((stream) => stream !== undefined);
  }

  private indexOf(id: number): number {
    const { ids } = this;
    let low = this.first;
    let high = this.end - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = ids[middle]!;
      if (found === id) return middle;
      if (found < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** Moves those that are left together, into twice the room where they are more than half of it. */
  private makeRoom(): void {
    const { ids, streams } = this;
    if (this.size > ids.length / 2) {
      this.ids = new Int32Array(ids.length * 2);
      this.streams = new Array<S | undefined>(ids.length * 2).fill(undefined);
    }
    let to = 0;
    for (let i = this.first; i < this.end; i++) {
      const stream = streams[i];
      if (stream === undefined) continue;
      this.ids[to] = ids[i]!;
      this.streams[to++] = stream;
    }
    if (this.streams === streams) streams.fill(undefined, to, this.end);
    this.first = 0;
    this.end = to;
  }
}
