/** The bytes of a file do not follow its format: cut off, or not what they say. */
export class DamagedFileError extends Error {
  override readonly name = "DamagedFileError";
}

/** Puts a file together from pieces of it. */
export class Pieces {
  readonly #bytes: Uint8Array;
  readonly #kept: Uint8Array[] = [];
  readonly #removed = new Set<string>();
  #start = 0;
  #end = 0;
  #isChanged = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Takes the next piece, which is all up to `end`. */
  keep(end: number): void {
    this.#end = end;
  }

  /** Leaves out all from the end of the last piece up to `end`. */
  drop(end: number, what: string): void {
    this.#skip(end);
    this.#removed.add(what);
  }

  /** Puts other bytes in place of all from the end of the last piece up to `end`. */
  replace(end: number, by: Uint8Array, what?: string): void {
    this.#skip(end);
    this.#kept.push(by);
    if (what !== undefined) this.#removed.add(what);
  }

  /** What was left out, in words. */
  get removed(): readonly string[] {
    return [...this.#removed];
  }

  /** The file; what is behind the last piece goes. The same bytes when nothing was left out. */
  finish(): Uint8Array {
    if (this.#end < this.#bytes.length) this.drop(this.#bytes.length, "data behind the picture");
    if (!this.#isChanged) return this.#bytes;
    this.#flush();
    return Buffer.concat(this.#kept);
  }

  #skip(end: number): void {
    this.#flush();
    this.#isChanged = true;
    this.#start = this.#end = end;
  }

  #flush(): void {
    if (this.#end > this.#start) this.#kept.push(this.#bytes.subarray(this.#start, this.#end));
  }
}

export const text = (bytes: Uint8Array, start: number, end: number): string =>
  String.fromCharCode(...bytes.subarray(start, end));

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
