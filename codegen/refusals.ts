import { LexiconError } from "./errors.ts";

/** Collects what is wrong with documents, so that one that is refused does not keep the others from being generated. */
export class Refusals {
  readonly #found: LexiconError[] = [];

  /** Everything that was refused so far, in the order in which it was found */
  get all(): readonly LexiconError[] {
    return this.#found;
  }

  /** Whether a document of the name was refused */
  has(nsid: string): boolean {
    return this.#found.some((error) => error.nsid === nsid);
  }

  add(error: LexiconError): void {
    this.#found.push(error);
  }

  /** What the work for one document gives; `undefined` when that document is refused. Other errors are none of a document's. */
  attempt<Value>(work: () => Value): Value | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof LexiconError)) throw error;
      this.#found.push(error);
      return undefined;
    }
  }
}
