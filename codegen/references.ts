import type { Place } from "./keywords.ts";
import { asObject, fail } from "./keywords.ts";
import type { Json, JsonObject, LexiconDocument, Target } from "./model.ts";

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

/** Looks definitions up across documents, and follows what refers to what. */
export class References {
  readonly #documents: ReadonlyMap<string, LexiconDocument>;
  readonly #edges = new Map<string, readonly Edge[]>();
  #consulted = new Set<string>();

  constructor(documents: readonly LexiconDocument[]) {
    this.#documents = new Map(documents.map((document) => [document.nsid, document]));
  }

  /** @throws LexiconError at `place` when it refers to nothing */
  parse(ref: Json | undefined, place: Place): Target {
    if (typeof ref !== "string") return fail(place, "a reference must be a string");
    const target = parseReference(ref, place.nsid);
    this.definition(target, place);
    return target;
  }

  /** @throws LexiconError at `place` when nothing is there */
  definition(target: Target, place: Place): JsonObject {
    const found = this.#find(target);
    if (found !== undefined) return found;
    return this.#documents.has(target.nsid)
      ? fail(place, `refers to ${targetKey(target)}, but that document has no such definition`)
      : fail(
          place,
          `refers to ${target.nsid}, which is not among the documents; add the folder that has it with --from`,
        );
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

  /** What a definition refers to. References to nothing are left to {@link parse}, which knows their place. */
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
  return Object.keys(defs)
    .toSorted((a, b) => (a === "main" ? -1 : b === "main" ? 1 : a < b ? -1 : 1))
    .map((name) => [name, asObject(defs[name], { nsid, path: ["defs", name] })]);
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
    return kept.length === 0 ? [] : { ...document, json: { ...json, defs: Object.fromEntries(kept) } };
  });
}
