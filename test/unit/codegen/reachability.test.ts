import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadFolder, mergeSources } from "../../../codegen/load.ts";
import type { JsonObject } from "../../../codegen/model.ts";
import { Refusals } from "../../../codegen/refusals.ts";
import { clientNames, constIdentifier } from "../../../codegen/names.ts";
import * as definitionBarrel from "../../../generated/definitions.ts";
import { definitions as modules } from "../../../generated/root.ts";
import { Client } from "../../../src/client/client.ts";
import type { Definition } from "../../../src/core/lexicon/definition.ts";
import { Collection, SingletonRecord } from "../../../src/core/lexicon/collection.ts";
import { Namespace } from "../../../src/core/lexicon/namespace.ts";
import { checkout, textOf } from "./workspace.ts";

const documents = mergeSources(
  [
    loadFolder(join(checkout, "lexicons/official"), "official"),
    loadFolder(join(checkout, "lexicons/custom"), "custom"),
  ],
  new Refusals(),
);

interface Main extends JsonObject {
  readonly type: string;
}

/** NSID and main definition of every document of a kind. */
const ofKind = (...kinds: readonly string[]): [nsid: string, main: Main][] =>
  documents.flatMap(({ nsid, json }) => {
    const main = (json.defs as { readonly main?: Main }).main;
    return main !== undefined && kinds.includes(main.type) ? [[nsid, main]] : [];
  });
const nsids = (...kinds: readonly string[]): string[] => ofKind(...kinds).map(([nsid]) => nsid);

type Tree = Readonly<Record<string, unknown>>;

/** What a client has at an NSID, by walking its members, and what it is a member of. */
function walk(client: Client, nsid: string): [found: unknown, owner: unknown] {
  let [found, owner]: [unknown, unknown] = [client, undefined];
  for (const segment of nsid.split(".")) [found, owner] = [(found as Tree)[segment], found];
  return found instanceof Namespace ? [(found as unknown as Tree).$main, found] : [found, owner];
}

const at = (client: Client, nsid: string): unknown => walk(client, nsid)[0];
const methodOf = (client: Client, nsid: string): [method: () => unknown, owner: unknown] =>
  walk(client, nsid) as [() => unknown, unknown];

/** The paths of all members below a namespace that are no namespaces. */
function leaves(namespace: Namespace, path: string): string[] {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(namespace)).filter((name) => name !== "constructor");
  return names.flatMap((name) => {
    const value = (namespace as unknown as Tree)[name];
    const here = name === "$main" ? path : `${path}.${name}`;
    return value instanceof Namespace ? leaves(value, here) : here;
  });
}

/** The NSIDs in a table of types of the generated root. */
function table(name: string): string[] {
  const text = textOf(join(checkout, "generated/root.ts"));
  const body = new RegExp(`export interface ${name} \\{\\n([^}]*)\\}`).exec(text)?.[1] ?? "";
  return [...body.matchAll(/^ {2}"([^"]+)": \w+\["([^"]+)"\];$/gm)].map(([, nsid = "", method = ""]) => {
    expect([nsid.split(".").at(-1), "$main"]).toContain(method);
    return nsid;
  });
}

describe("everything in the documents is reachable", () => {
  const client = new Client();

  it("has documents to count against", () => {
    expect(documents.length).toBeGreaterThanOrEqual(387);
    expect(nsids("query").length).toBeGreaterThan(100);
    expect(nsids("procedure").length).toBeGreaterThan(100);
    expect(nsids("record").length).toBeGreaterThan(10);
  });

  it("has a method for every query, procedure and subscription", () => {
    const missing = nsids("query", "procedure", "subscription").filter(
      (nsid) => typeof at(client, nsid) !== "function",
    );
    expect(missing).toEqual([]);
  });

  it("has an accessor with the right NSID for every record", () => {
    const found = nsids("record").map((nsid) => {
      const collection = at(client, nsid);
      return collection instanceof Collection || collection instanceof SingletonRecord ? collection.nsid : undefined;
    });
    expect(found).toEqual(nsids("record"));
  });

  it("has nothing that is not in the documents", () => {
    const tops = [...new Set(documents.map(({ nsid }) => nsid.split(".", 1)[0] as string))];
    const found = tops.flatMap((top) => {
      const namespace = (client as unknown as Tree)[top];
      return namespace instanceof Namespace ? leaves(namespace, top) : [];
    });
    expect(found.toSorted()).toEqual(nsids("query", "procedure", "record", "subscription").toSorted());
  });

  it("calls the definition of the same NSID from every method", () => {
    const calls: string[] = [];
    const recorder = Object.assign(new Client(), {
      call: (definition: Definition) => calls.push(definition.nsid),
      subscribe: (definition: Definition) => calls.push(definition.nsid),
    });
    for (const nsid of nsids("query", "procedure", "subscription")) {
      const [method, owner] = methodOf(recorder, nsid);
      method.call(owner);
    }
    expect(calls).toEqual(nsids("query", "procedure", "subscription"));
  });

  it("has a definition that says what the document says", () => {
    const kinds = ["query", "procedure", "subscription", "record"];
    const expected = ofKind(...kinds).map(([nsid, main]) => [constIdentifier(nsid), factsOf(nsid, main)]);
    const found = Object.entries(definitionBarrel).map(([name, definition]) => [name, withoutItems(definition)]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
    expect(modules.flatMap((module) => Object.keys(module)).toSorted()).toEqual(
      Object.keys(definitionBarrel).toSorted(),
    );
  });

  it("lists every query and every procedure in the tables of types", () => {
    expect(table("Queries").toSorted()).toEqual(nsids("query").toSorted());
    expect(table("Procedures").toSorted()).toEqual(nsids("procedure").toSorted());
  });

  it("has a module of types for every document", () => {
    const text = textOf(join(checkout, "generated/types.ts"));
    const files = [...text.matchAll(/from "\.\/types\/([^"]+)\.ts"/g)].map(([, file = ""]) =>
      file.replaceAll("/", "."),
    );
    expect(files).toEqual(documents.map(({ nsid }) => nsid));
  });
});

/** Which array of a page holds the items, and where documents are, is told by golden fixtures. */
const withoutItems = (definition: Definition): unknown =>
  Object.fromEntries(Object.entries(definition).filter(([name]) => name !== "items" && name !== "documents"));

/** A definition as it follows from the document. */
function factsOf(nsid: string, main: Main): Readonly<Record<string, unknown>> {
  if (main.type === "record") {
    const { required = [] } = main.record as { required?: readonly string[] };
    return { kind: "record", nsid, key: main.key, ...(required.includes("createdAt") && { dated: true }) };
  }
  const encoding = (part: string): string | undefined => (main[part] as { encoding?: string } | undefined)?.encoding;
  const errors = (main.errors as readonly { name: string }[] | undefined)?.map(({ name }) => name) ?? [];
  // Those of queries are seen by the server, which says what is missing.
  const { required = [] } = (main.type === "query" ? {} : (main.parameters ?? {})) as { required?: readonly string[] };
  const facts = {
    kind: main.type,
    nsid,
    input: encoding("input"),
    output: encoding("output"),
    errors: errors.length > 0 ? [...new Set(errors)] : undefined,
    required: required.length > 0 ? required : undefined,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

describe("names that lexicons must not take", () => {
  it("are the members of the client that are no namespaces", () => {
    const tops = new Set(documents.map(({ nsid }) => nsid.split(".", 1)[0]));
    const types = [Client.prototype, Object.getPrototypeOf(Client.prototype) as object, new Client()];
    const members = types.flatMap((type) => Object.getOwnPropertyNames(type));
    const own = members.filter((name) => name !== "constructor" && !tops.has(name));
    expect(new Set(own)).toEqual(clientNames);
  });
});
