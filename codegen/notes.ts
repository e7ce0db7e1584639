import { toPointer } from "./errors.ts";

/**
 * Something about a document that does not keep code from being made of it. `gap`: a part of it is `unknown`, because what it
 * refers to is not there. `notice`: something was passed over.
 */
export interface Note {
  readonly nsid: string;
  /** RFC 6901 */
  readonly pointer: string;
  readonly kind: "gap" | "notice";
  readonly message: string;
}

/** The notes of one document. What is looked at twice is noted once. */
export class Notes {
  readonly #nsid: string;
  readonly #found = new Map<string, Note>();

  constructor(nsid: string) {
    this.#nsid = nsid;
  }

  get all(): readonly Note[] {
    return [...this.#found.values()];
  }

  add(kind: Note["kind"], path: readonly (string | number)[], message: string): void {
    const pointer = toPointer(path);
    this.#found.set(`${pointer} ${message}`, { nsid: this.#nsid, pointer, kind, message });
  }
}
