import type { LexiconDoc } from "@atproto/lexicon";
import { Lexicons } from "@atproto/lexicon";
import type { Documents, DocumentTexts } from "../core/lexicon/definition.ts";
import { Compiler } from "./compile.ts";
import type { Part, Schema } from "./schema.ts";
import { schemaOf } from "./schema.ts";

/** A key in JSON that every object has something by. */
const inheritedKey = new RegExp(`"(?:${Object.getOwnPropertyNames(Object.prototype).join("|")})":`);

/** `app.bsky.feed.post` -> `app.bsky` */
const authorityOf = (nsid: string): string => nsid.split(".").slice(0, 2).join(".");

/** Definitions of one table of documents, each loaded when something that is checked reaches it. */
export class LoadedDocuments {
  /** What is loaded so far */
  readonly lexicons = new Lexicons();
  readonly #documents: Documents;
  readonly #onMissing: (nsid: string, reason: unknown) => void;
  readonly #found = new Map<string, Schema>();
  readonly #added = new Map<string, boolean>();
  readonly #reached = new Set<string>();
  readonly #ready = new Set<string>();
  readonly #strict = new Compiler((ref) => this.find(ref), true);
  readonly #lenient = new Compiler((ref) => this.find(ref), false);
  #loading: Promise<void> = Promise.resolve();
  #hidesMembers = false;

  constructor(documents: Documents, onMissing: (nsid: string, reason: unknown) => void) {
    this.#documents = documents;
    this.#onMissing = onMissing;
  }

  /** A reference as `Lexicons` writes it: `lex:app.bsky.feed.post`, `lex:app.bsky.feed.defs#postView` */
  find(ref: string): Schema | undefined {
    // `getDef` takes references apart each time, which costs more than all else that is done with them.
    let schema = this.#found.get(ref);
    if (schema === undefined) {
      schema = this.lexicons.getDef(ref) as Schema | undefined;
      if (schema !== undefined) this.#found.set(ref, schema);
    }
    return schema;
  }

  /** Checks of what is loaded, for what is sent or what is received. */
  compiled(strict: boolean): Compiler {
    return strict ? this.#strict : this.#lenient;
  }

  /** A property has the name of something that every object inherits. */
  get hidesMembers(): boolean {
    return this.#hidesMembers;
  }

  isReady(nsid: string, part: Part): boolean {
    return this.#ready.has(`${nsid} ${part}`);
  }

  /** Loads what a value is checked by, in turn with other loads, which may want the same. Never rejects. */
  load(nsid: string, part: Part): Promise<void> {
    return (this.#loading = this.#loading.then(() => this.#load(nsid, part)));
  }

  async #load(nsid: string, part: Part): Promise<void> {
    if (this.isReady(nsid, part)) return;
    const waiting: string[] = [];
    if (await this.#add(nsid)) refsIn(schemaOf(this.find(nsid), part), waiting);
    for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
      if (this.#reached.has(ref)) continue;
      this.#reached.add(ref);
      if (await this.#add(nsidOf(ref))) refsIn(this.find(ref), waiting);
    }
    this.#ready.add(`${nsid} ${part}`);
  }

  /** Whether the document is there now. */
  async #add(nsid: string): Promise<boolean> {
    const known = this.#added.get(nsid);
    if (known !== undefined) return known;
    let there = false;
    try {
      const text = (await this.#texts(nsid))[nsid];
      if (text === undefined) throw new Error("it is not among the generated documents");
      this.lexicons.add(JSON.parse(text) as LexiconDoc);
      this.#hidesMembers ||= inheritedKey.test(text);
      there = true;
    } catch (reason) {
      this.#onMissing(nsid, reason);
    }
    this.#added.set(nsid, there);
    return there;
  }

  async #texts(nsid: string): Promise<DocumentTexts> {
    const load = this.#documents[authorityOf(nsid)];
    return load === undefined ? {} : (await load()).texts;
  }
}

const nsidOf = (ref: string): string => {
  const [nsid = ""] = ref.replace(/^lex:/, "").split("#", 1);
  return nsid;
};

/** Once a document is added, its references are absolute. */
function refsIn(schema: unknown, found: string[]): void {
  if (schema === null || typeof schema !== "object") return;
  const { type, ref, refs } = schema as Partial<Schema>;
  if (type === "ref" && typeof ref === "string") found.push(ref);
  if (type === "union" && Array.isArray(refs)) found.push(...(refs as string[]));
  for (const member of Object.values(schema)) if (typeof member === "object") refsIn(member, found);
}
