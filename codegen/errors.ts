/** Something wrong with a lexicon document: names the document and the place in it, as a JSON pointer. */
export class LexiconError extends Error {
  override readonly name = "LexiconError";
  readonly nsid: string;
  /** RFC 6901 */
  readonly pointer: string;

  constructor(nsid: string, path: readonly (string | number)[], message: string) {
    const pointer = toPointer(path);
    super(`${nsid}${pointer === "" ? "" : ` at ${pointer}`}: ${message}`);
    this.nsid = nsid;
    this.pointer = pointer;
  }
}

/** Something wrong with how codegen was called or what it found on disk. */
export class CodegenError extends Error {
  override readonly name = "CodegenError";
}

/** Writes a path as a JSON pointer: https://www.rfc-editor.org/rfc/rfc6901 */
export function toPointer(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
