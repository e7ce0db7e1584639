import type { Place } from "./keywords.ts";
import { asObject, fail, note } from "./keywords.ts";
import type { Json, JsonObject, LexiconDocument, Target } from "./model.ts";
import { declarationName } from "./names.ts";
import type { PartTypes } from "./type-names.ts";
import { sortedNames, typeNames } from "./type-names.ts";

/** A reference as it stands in a schema. */
interface Edge {
  readonly target: Target;
  /** It is a member of a union */
  readonly isMember: boolean;
}

export const targetKey = ({ nsid, name }: Target): string => `${nsid}#${name}`;

/** Reads a reference: `#name`, `nsid` or `nsid#name`, with or without `lex:` before it. */
export function parseReference(ref: string, nsid: string): Target {
  const bare = ref.replace(/^lex:/, "");
  const hash = bare.indexOf("#");
  if (hash < 0) return { nsid: bare, name: "main" };
  return { nsid: hash === 0 ? nsid : bare.slice(0, hash), name: bare.slice(hash + 1) };
}

/** A definition that is there. */
export interface Definition {
  readonly target: Target;
  readonly json: JsonObject;
}

/** What cannot be told from the documents that there are, or from one of them alone. */
export interface Lookups {
  readonly isRefused?: (nsid: string) => boolean;
  /** The types that codegen declares for the parts of a document's main definition */
  readonly partsOf?: (document: LexiconDocument, references: References) => PartTypes;
}

/** Looks definitions up across documents, and follows what refers to what. */
export class References {
  readonly #documents: ReadonlyMap<string, LexiconDocument>;
  readonly #edges = new Map<string, readonly Edge[]>();
  readonly #typeNames = new Map<
    string,
    { readonly names: ReadonlyMap<string, string>; readonly consulted: ReadonlySet<string> }
  >();
  readonly #isRefused: (nsid: string) => boolean;
  readonly #partsOf: (document: LexiconDocument, references: References) => PartTypes;
  #consulted = new Set<string>();

  constructor(documents: readonly LexiconDocument[], { isRefused = () => false, partsOf = () => ({}) }: Lookups = {}) {
    this.#documents = new Map(documents.map((document) => [document.nsid, document]));
    this.#isRefused = isRefused;
    this.#partsOf = partsOf;
  }

  /** What a reference leads to. Where nothing is there, `undefined` and a note. */
  follow(ref: Json | undefined, place: Place): Definition | undefined {
    if (typeof ref !== "string") return fail(place, "a reference must be a string");
    const target = parseReference(ref, place.nsid);
    const json = this.#find(target);
    if (json !== undefined) return { target, json };
    note("gap", place, this.#absence(target));
    return undefined;
  }

  #absence(target: Target): string {
    const { nsid } = target;
    if (this.#documents.has(nsid)) return `refers to ${targetKey(target)}, but that document has no such definition`;
    if (this.#isRefused(nsid)) return `refers to ${nsid}, which was refused`;
    return `refers to ${nsid}, which is not among the documents; add the folder that has it with --from`;
  }

  /** Name of a definition's type inside its document. */
  typeName({ nsid, name }: Target): string {
    const document = this.#documents.get(nsid);
    if (document === undefined) return declarationName(name);
    let found = this.#typeNames.get(nsid);
    if (found === undefined) {
      // Also where not all of the document is wanted: names must not depend on that.
      const { value, consulted } = this.watch(() => {
        const defs = (document.whole ?? document.json).defs as JsonObject;
        return typeNames(defs, this.#partsOf({ ...document, json: document.whole ?? document.json }, this));
      });
      this.#typeNames.set(nsid, (found = { names: value, consulted }));
    }
    for (const other of found.consulted) this.#consulted.add(other);
    return found.names.get(name) ?? declarationName(name);
  }

  /** Whether something is there. */
  has(target: Target): boolean {
    return this.#find(target) !== undefined;
  }

  /** Does something, and tells which documents were looked into for it. */
  watch<Value>(work: () => Value): { readonly value: Value; readonly consulted: ReadonlySet<string> } {
    const outer = this.#consulted;
    const consulted = (this.#consulted = new Set<string>());
    try {
      return { value: work(), consulted };
    } finally {
      this.#consulted = outer;
    }
  }

  #find({ nsid, name }: Target): JsonObject | undefined {
    this.#consulted.add(nsid);
    const defs = this.#documents.get(nsid)?.json.defs as JsonObject | undefined;
    return defs !== undefined && Object.hasOwn(defs, name) ? (defs[name] as JsonObject) : undefined;
  }

  /** What a definition refers to. References to nothing are left to {@link follow}, which knows their place. */
  edges(target: Target): readonly Edge[] {
    const key = targetKey(target);
    let edges = this.#edges.get(key);
    if (edges === undefined) this.#edges.set(key, (edges = edgesIn(this.#find(target), target.nsid)));
    return edges;
  }

  /** The definitions that can be reached from some roots, the roots included, as `nsid#name`. */
  closure(roots: Iterable<Target>): Set<string> {
    const reached = new Set<string>();
    const waiting = [...roots];
    for (let target = waiting.pop(); target !== undefined; target = waiting.pop()) {
      const key = targetKey(target);
      if (reached.has(key)) continue;
      reached.add(key);
      for (const edge of this.edges(target)) waiting.push(edge.target);
    }
    return reached;
  }
}

function edgesIn(json: Json | undefined, nsid: string, found: Edge[] = []): Edge[] {
  if (json === null || typeof json !== "object") return found;
  if (Array.isArray(json)) {
    for (const item of json) edgesIn(item, nsid, found);
    return found;
  }
  const schema = json as JsonObject;
  if (schema.type === "ref" && typeof schema.ref === "string") {
    found.push({ target: parseReference(schema.ref, nsid), isMember: false });
  }
  if (schema.type === "union" && Array.isArray(schema.refs)) {
    for (const ref of schema.refs) found.push({ target: parseReference(String(ref), nsid), isMember: true });
  }
  for (const key in schema) {
    const value = schema[key];
    if (typeof value === "object") edgesIn(value, nsid, found);
  }
  return found;
}

/** The definitions of a document, `main` first, the others sorted by name. */
export function definitionsOf({ nsid, json }: LexiconDocument): readonly (readonly [name: string, json: JsonObject])[] {
  const defs = asObject(json.defs, { nsid, path: ["defs"] });
  return sortedNames(defs).map((name) => [name, asObject(defs[name], { nsid, path: ["defs", name] })]);
}

/** What the rest of the documents makes of a definition. */
export interface Usage {
  /** Members of some union */
  readonly members: ReadonlySet<string>;
  /** Definitions that only ever travel to the server */
  readonly sentOnly: ReadonlySet<string>;
}

/** The definitions that travel to the server and those that come from it, as `nsid#name`. Records do both. */
export function routes(
  documents: readonly LexiconDocument[],
  references: References,
): { readonly sent: ReadonlySet<string>; readonly received: ReadonlySet<string> } {
  const sent: Target[] = [];
  const received: Target[] = [];
  for (const { nsid, json } of documents) {
    for (const [name, definition] of Object.entries(json.defs as Readonly<Record<string, JsonObject>>)) {
      if (definition.type === "record") {
        sent.push({ nsid, name });
        received.push({ nsid, name });
      }
      sent.push(...edgesIn(definition.input, nsid).map(({ target }) => target));
      for (const part of [definition.output, definition.message]) {
        received.push(...edgesIn(part, nsid).map(({ target }) => target));
      }
    }
  }
  return { sent: references.closure(sent), received: references.closure(received) };
}

/** Finds out how definitions are used, from every endpoint and record of the documents. */
export function findUsage(documents: readonly LexiconDocument[], references: References): Usage {
  const members = new Set<string>();
  for (const { nsid, json } of documents) {
    for (const name of Object.keys(json.defs as JsonObject)) {
      for (const { target, isMember } of references.edges({ nsid, name })) if (isMember) members.add(targetKey(target));
    }
  }
  const { sent, received } = routes(documents, references);
  return { members, sentOnly: new Set(sent).difference(received) };
}

/**
 * The documents that some of them need, those themselves included. Of a document that is only needed, the definitions that
 * nothing refers to are left out: what they refer to in turn is not there.
 */
export function reachable(documents: readonly LexiconDocument[], roots: ReadonlySet<string>): LexiconDocument[] {
  const references = new References(documents);
  const targets = documents
    .filter(({ nsid }) => roots.has(nsid))
    .flatMap((document) => definitionsOf(document).map(([name]) => ({ nsid: document.nsid, name })));
  const needed = references.closure(targets);
  return documents.flatMap((document) => {
    if (roots.has(document.nsid)) return document;
    const { nsid, json } = document;
    const kept = definitionsOf(document).filter(([name]) => needed.has(targetKey({ nsid, name })));
    if (kept.length === 0) return [];
    return { ...document, json: { ...json, defs: Object.fromEntries(kept) }, whole: json };
  });
}
