/** Bytes that can be read anywhere, without the rest of them coming to memory. */
export interface RandomAccess {
  /** Bytes in all */
  readonly size: number;
  /** Up to `length` bytes from `at`; fewer at the end. The array is the caller's to keep. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** A box of an MP4 or QuickTime file: ISO/IEC 14496-12, section 4.2. Offsets are those in the file. */
export interface Box {
  readonly type: string;
  readonly at: number;
  /** Where its content begins, after size, type and extended size */
  readonly body: number;
  readonly end: number;
}

/** The file is not built as it should be. Never leaves this room. */
export class DamagedMp4 extends Error {}

/** Bytes that one read brings: headers lie close together, so that most are there already */
export const WINDOW = 65_536;
/** Hours of video in fragments of a frame each have fewer; a file made to keep a reader busy has more */
const MAX_BOXES = 500_000;

/** Reads boxes through a window of bounded size. What the file says of itself is never believed beyond its end. */
export class BoxReader {
  readonly #source: RandomAccess;
  #window: DataView = new DataView(new ArrayBuffer(0));
  #from = 0;
  #boxes = 0;

  /** @param head the first bytes of the file, if they have been read already */
  constructor(source: RandomAccess, head?: Uint8Array) {
    this.#source = source;
    if (head !== undefined) this.#window = new DataView(head.buffer, head.byteOffset, head.byteLength);
  }

  get size(): number {
    return this.#source.size;
  }

  /** A view on bytes of the file, at most {@link WINDOW}; throws where the file ends before them. */
  async view(at: number, length: number): Promise<DataView> {
    if (!this.#holds(at, length)) {
      if (length > WINDOW || at + length > this.size) throw new DamagedMp4("it ends in the middle of a header");
      const bytes = await this.#source.read(at, WINDOW);
      if (bytes.byteLength < length) throw new DamagedMp4("it ends in the middle of a header");
      this.#window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#from = at;
    }
    return this.#held(at, length);
  }

  #holds(at: number, length: number): boolean {
    return at >= this.#from && at + length <= this.#from + this.#window.byteLength;
  }

  #held(at: number, length: number): DataView {
    return new DataView(this.#window.buffer, this.#window.byteOffset + at - this.#from, length);
  }

  /** The boxes between two offsets. Content that reaches beyond `to` is damage; fewer than eight bytes are padding. */
  async *boxes(from: number, to: number): AsyncGenerator<Box> {
    for (let at = from; at + 8 <= to;) {
      const box = await this.#box(at, to);
      if (box === undefined) return;
      yield box;
      at = box.end;
    }
  }

  async #box(at: number, to: number): Promise<Box | undefined> {
    if (++this.#boxes > MAX_BOXES) throw new DamagedMp4(`it has more than ${MAX_BOXES} boxes`);
    // Most headers are in the window, and waiting for nothing takes longer than reading them.
    const head = this.#holds(at, 8) ? this.#held(at, 8) : await this.view(at, 8);
    const short = head.getUint32(0);
    const type = String.fromCharCode(head.getUint8(4), head.getUint8(5), head.getUint8(6), head.getUint8(7));
    // QuickTime ends lists of user data with a zero where the next size would be.
    if (short === 0 && to < this.size) return undefined;
    const extended = short === 1;
    const size = extended ? Number((await this.view(at + 8, 8)).getBigUint64(0)) : short === 0 ? to - at : short;
    const body = at + (extended ? 16 : 8);
    if (size < body - at) throw new DamagedMp4(`its box ${JSON.stringify(type)} is smaller than its own header`);
    if (at + size > to) throw new DamagedMp4(`it ends before its box ${JSON.stringify(type)} does`);
    return { type, at, body, end: at + size };
  }

  /** The first box at the end of a path of types. */
  async find(within: Box, ...path: readonly string[]): Promise<Box | undefined> {
    let found: Box | undefined = within;
    for (const type of path) {
      if (found === undefined) return undefined;
      found = await this.#child(found, type);
    }
    return found;
  }

  async #child(within: Box, type: string): Promise<Box | undefined> {
    for await (const box of this.boxes(within.body, within.end)) if (box.type === type) return box;
    return undefined;
  }
}

/** Four characters at an offset. */
export const fourCharacters = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
