import { sha256 } from "./digest.ts";
import type { JsonObject, LexiconDocument } from "./model.ts";
import type { Usage } from "./references.ts";
import { targetKey } from "./references.ts";

/** Tells whether a document would be resolved to the same as before. */
export class DocumentKeys {
  readonly #identities: ReadonlyMap<string, string>;
  readonly #usage: Usage;

  constructor(documents: readonly LexiconDocument[], usage: Usage) {
    this.#identities = new Map(documents.map((document) => [document.nsid, identityOf(document)]));
    this.#usage = usage;
  }

  /** The key of a document that is resolved by looking into others. */
  of({ nsid, json }: LexiconDocument, consulted: readonly string[]): string {
    const uses = namesOf(json).map((name) => {
      const key = targetKey({ nsid, name });
      return `${Number(this.#usage.members.has(key))}${Number(this.#usage.sentOnly.has(key))}`;
    });
    const others = consulted.map((other) => `${other} ${this.#identities.get(other)}`);
    return sha256([nsid, this.#identities.get(nsid), uses.join(""), ...others].join("\n"));
  }
}

const namesOf = (json: JsonObject): readonly string[] => Object.keys(json.defs as JsonObject);

/** Its text, and those of its definitions that are wanted. */
const identityOf = ({ sha256: text, json }: LexiconDocument): string => `${text} ${namesOf(json).join(" ")}`;
