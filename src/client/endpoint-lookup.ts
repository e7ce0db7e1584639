import type { Authority } from "../../generated/root.ts";
import { definitions } from "../../generated/root.ts";
import type { Definition, DefinitionModules, Endpoint, Vocabulary } from "../core/lexicon/definition.ts";
import { ValidationError } from "../core/errors/index.ts";
import { parseNsid } from "../core/identifiers.ts";

/** An endpoint may be named with or without `xrpc/` before it. */
type Bare<Name extends string> = Name extends `xrpc/${infer Nsid}` ? Nsid : Name;

/** What stands for a name below a known authority that is no endpoint of the kind. */
type Misspelt<Name extends string> =
  `"${Name}" is no such endpoint of the lexicons. If it is newer than they are, call it untyped: "…" as string`;

/** The name of an endpoint; one below a known authority that is no endpoint of the kind is refused where it stands. */
export type NamedEndpoint<Methods, Name extends string> =
  Bare<Name> extends keyof Methods ? Name : Bare<Name> extends `${Authority}.${string}` ? Misspelt<Name> : Name;

/** Arguments of an endpoint: those of its method if the name is known, anything if it is any other string. */
export type NamedArguments<Methods, Name extends string, Untyped extends unknown[]> =
  Bare<Name> extends keyof Methods
    ? Methods[Bare<Name>] extends (...args: infer Args) => unknown
      ? Args
      : never
    : Untyped;

/** Stands for a response whose type nobody has said. */
export interface Unsaid {
  readonly [unsaid]: true;
}
declare const unsaid: unique symbol;

/** What a call by name returns: what its method does if the name is known, unless the type of the response is said. */
export type NamedResult<Methods, Name extends string, Untyped, Response, Said> = [Response] extends [Unsaid]
  ? Bare<Name> extends keyof Methods
    ? Methods[Bare<Name>] extends (...args: never) => infer Result
      ? Result
      : never
    : Untyped
  : Said;

/** Finds the definition behind a name, or makes one for a name the lexicons do not have. */
export function endpoint<Kind extends "query" | "procedure">(
  vocabulary: Vocabulary,
  name: string,
  kind: Kind,
): Extract<Endpoint, { kind: Kind }> | ValidationError {
  const nsid = parseNsid(name);
  if (nsid === undefined) {
    return new ValidationError(
      `${JSON.stringify(name)} is not the name of an endpoint. Names look like app.bsky.feed.getTimeline. Nothing was sent.`,
      { issues: [{ path: "nsid", message: "not an NSID" }] },
    );
  }
  const definition: Definition = vocabulary.find(nsid) ?? { kind, nsid };
  if (definition.kind === kind) return definition as Extract<Endpoint, { kind: Kind }>;
  const use = { query: ": call it with client.get", procedure: ": call it with client.post" } as Record<string, string>;
  return new ValidationError(
    `${nsid} is a ${definition.kind}, not a ${kind}${use[definition.kind] ?? ""}. Nothing was sent.`,
    { nsid, issues: [{ path: "nsid", message: `is a ${definition.kind}` }] },
  );
}

/**
 * Finds the definition behind a name of any endpoint; one that the lexicons do not have is taken for a query.
 *
 * @throws ValidationError for what is no endpoint
 */
export function anyEndpoint(vocabulary: Vocabulary, name: string): Endpoint {
  const kind = vocabulary.find(parseNsid(name) ?? "")?.kind === "procedure" ? "procedure" : "query";
  const definition = endpoint(vocabulary, name, kind);
  if (definition instanceof ValidationError) throw definition;
  return definition;
}

/** What a client knows: the lexicons it was made from, and those of the trees that are hung on it. */
export class KnownDefinitions implements Vocabulary {
  readonly #added = new Set<DefinitionModules>();
  #index: ReadonlyMap<string, Definition> | undefined;

  find(nsid: string): Definition | undefined {
    this.#index ??= byNsid([...this.#added].flat());
    return this.#index.get(nsid) ?? own().get(nsid);
  }

  add(modules: DefinitionModules): void {
    if (this.#added.has(modules)) return;
    this.#added.add(modules);
    this.#index = undefined;
  }
}

const byNsid = (modules: DefinitionModules): Map<string, Definition> =>
  new Map(modules.flatMap((module) => Object.values(module)).map((definition) => [definition.nsid, definition]));

let known: ReadonlyMap<string, Definition> | undefined;

/** The table is made when somebody first looks into it, and is the same for all clients. */
const own = (): ReadonlyMap<string, Definition> => (known ??= byNsid(definitions));
