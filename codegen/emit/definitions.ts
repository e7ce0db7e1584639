import { isJson } from "../keywords.ts";
import type { DocumentModel, MainModel } from "../model.ts";
import { constIdentifier, typeIdentifier } from "../names.ts";
import { newWriter, writeHead } from "./writer.ts";

export type WithMain = DocumentModel & { readonly main: MainModel };

/** The definition constants of one authority. Marked as pure, so that a bundler keeps only those in use. */
export function definitionsText(authority: string, models: readonly WithMain[], runtime: string): string {
  const makers = [...new Set(models.map(({ main }) => main.kind))].toSorted();
  const types = new Set(models.map(({ main }) => interfaceOf(main)));
  for (const { params, input } of models.map(endpointTypes)) {
    for (const name of [params, input]) if (name === "NoParams" || name === "BinaryInput") types.add(name);
  }
  if (models.some(hasCommits)) types.add("RepoEvent");
  const writer = newWriter();
  writeHead(writer, `the lexicons of ${authority}`, [
    { names: makers, from: runtime },
    { names: [...types].toSorted(), from: runtime, isType: true },
    { names: models.some(usesTypes) ? "types" : [], from: "../types.ts", isType: true },
    { names: models.some(({ main }) => main.kind !== "subscription") ? ["documents"] : [], from: "../documents.ts" },
  ]);
  for (const model of models) {
    writer.writeLine(`export const ${constIdentifier(model.nsid)}: ${definitionType(model)} = ${initializer(model)};`);
  }
  return writer.toString();
}

function interfaceOf(main: MainModel): string {
  switch (main.kind) {
    case "query":
      return main.items === undefined ? "Query" : "PagedQuery";
    case "procedure":
      return "Procedure";
    case "subscription":
      return "Subscription";
    case "record":
      return "RecordDefinition";
  }
}

/** The types of an endpoint or record, as modules beside the type barrel write them; empty where there is none. */
export interface EndpointTypes {
  readonly params: string;
  /** Of a record what is given to write one */
  readonly input: string;
  /** Of a record its value, of a subscription its message */
  readonly output: string;
  readonly item: string;
  readonly errors: string;
}

export function endpointTypes({ nsid, main }: WithMain): EndpointTypes {
  const file = `types.${typeIdentifier(nsid)}`;
  const either = (has: boolean, name: string, otherwise: string): string => (has ? `${file}.${name}` : otherwise);
  const none = { params: "", input: "", item: "", errors: "" };
  if (main.kind === "record") return { ...none, input: `${file}.Input`, output: `${file}.Main` };
  const errors = either(main.errors.length > 0, "ErrorName", "never");
  if (main.kind === "subscription") {
    const message = either(main.messageType, "Message", "unknown");
    const output = main.commits ? `RepoEvent<${message}, types.Records>` : message;
    return { ...none, params: either(main.hasParams, "Params", "NoParams"), output, errors };
  }
  const output = either(main.outputType, "Output", untyped(main.output, "Uint8Array"));
  if (main.kind === "query") {
    const item = either(main.items !== undefined, "Item", "");
    return { ...none, params: either(main.hasParams, "Params", "NoParams"), output, item, errors };
  }
  const input = either(main.inputType, "Input", untyped(main.input, "BinaryInput"));
  return { ...none, params: either(main.hasParams, "Params", "undefined"), input, output, errors };
}

/** Whether a module that names the types of an endpoint or record needs the type barrel. */
export const usesTypes = (model: WithMain): boolean =>
  Object.values(endpointTypes(model)).some((name: string) => /\btypes\./.test(name));

/** Whether the messages of a stream are more than its lexicon says. */
export const hasCommits = ({ main }: WithMain): boolean => main.kind === "subscription" && main.commits;

/** The type of a body whose schema the lexicon does not give. */
const untyped = (encoding: string | undefined, bytes: string): string =>
  encoding === undefined ? "undefined" : isJson(encoding) ? "unknown" : bytes;

function definitionType(model: WithMain): string {
  const { params, input, output, item, errors } = endpointTypes(model);
  const { main } = model;
  const parts: Record<MainModel["kind"], readonly string[]> = {
    query: [params, output, ...(item === "" ? [] : [item]), errors],
    procedure: [input, output, errors, ...(params === "undefined" ? [] : [params])],
    subscription: [params, output, errors],
    record: [output, input],
  };
  return `${interfaceOf(main)}<${parts[main.kind].join(", ")}>`;
}

function initializer({ nsid, main }: WithMain): string {
  const id = JSON.stringify(nsid);
  const key = main.kind === "record" ? `, ${JSON.stringify(main.key)}` : "";
  const stated = factsOf(main).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const facts = main.kind === "subscription" ? stated : ["documents", ...stated];
  return `/* @__PURE__ */ ${main.kind}(${id}${key}${facts.length > 0 ? `, { ${facts.join(", ")} }` : ""})`;
}

function factsOf(main: MainModel): (readonly [name: string, value: unknown])[] {
  if (main.kind === "record") return main.dated ? [["dated", true]] : [];
  const errors = [...new Set(main.errors.map(({ name }) => name))];
  const facts: (readonly [string, unknown])[] = [
    // Queries are left to their servers.
    ["required", main.kind !== "query" && main.requiredParams.length > 0 ? main.requiredParams : undefined],
    ["input", main.kind === "procedure" ? main.input : undefined],
    ["output", main.kind === "subscription" ? undefined : main.output],
    ["items", main.kind === "query" ? main.items : undefined],
    ["errors", errors.length > 0 ? errors : undefined],
  ];
  return facts.filter(([, value]) => value !== undefined);
}
