import { withTags } from "../jsdoc.ts";
import { authorityFile, constIdentifier, propertyKey, typeIdentifier } from "../names.ts";
import type { EndpointTypes, WithMain } from "./definitions.ts";
import { endpointTypes, hasCommits, usesTypes } from "./definitions.ts";
import type { TreeNode } from "./tree.ts";
import { descendants, isNamespace } from "./tree.ts";
import type { Writer } from "./writer.ts";
import { newWriter, writeDocs, writeHead } from "./writer.ts";

/** Member that holds what stands at a name which is also a namespace: no segment of an NSID can be called so. */
export const OWN = "$main";

/** Class of a namespace. */
export const className = (path: string): string => typeIdentifier(path);

/** The classes of one authority: a real method for each endpoint, an accessor for each record and namespace. */
export function namespacesText(node: TreeNode, runtime: string): string {
  const classes = withDescendants(node);
  const models = [node, ...[...descendants(node)].map((one) => one.node)].flatMap(({ model }) => model ?? []);
  const writer = newWriter();
  writeHead(writer, `the lexicons of ${node.path}`, [
    { names: valuesUsed(classes, models), from: runtime },
    { names: typesUsed(models), from: runtime, isType: true },
    { names: "definitions", from: `../definitions/${authorityFile(node.path)}.ts` },
    { names: models.some(usesTypes) ? "types" : [], from: "../types.ts", isType: true },
  ]);
  for (const one of classes) writeClass(writer, one);
  return writer.toString();
}

function valuesUsed(classes: readonly TreeNode[], models: readonly WithMain[]): string[] {
  const records = new Set(models.flatMap(({ main }) => (main.kind === "record" ? recordClass(main.key) : [])));
  const hasMethod = models.some(({ main }) => main.kind !== "record");
  const used = {
    Collection: records.has("Collection"),
    member: records.size > 0 || classes.length > 1,
    Namespace: true,
    NsidCollection: records.has("NsidCollection"),
    owner: hasMethod,
    SingletonRecord: records.has("SingletonRecord"),
  };
  return Object.entries(used).flatMap(([name, isUsed]) => (isUsed ? [name] : []));
}

/** What the runtime calls records with keys of a kind: those with a literal key are one in each repository. */
function recordClass(key: string): "Collection" | "NsidCollection" | "SingletonRecord" {
  if (key === "nsid") return "NsidCollection";
  return key.startsWith("literal:") ? "SingletonRecord" : "Collection";
}

function typesUsed(models: readonly WithMain[]): string[] {
  const used = new Set<string>();
  for (const model of models) {
    const { main } = model;
    if (main.kind === "record") continue;
    if (main.kind === "subscription") {
      used.add("EventStream").add("StreamOptions");
      if (hasCommits(model)) used.add("RepoEvent");
      if (endpointTypes(model).params === "NoParams") used.add("NoParams");
      continue;
    }
    const isPaged = main.kind === "query" && main.items !== undefined;
    const hasOptionsOfItsOwn = main.kind === "procedure" && main.hasParams;
    used.add(isPaged ? "PagePromise" : "CallPromise").add(hasOptionsOfItsOwn ? "ProcedureOptions" : "CallOptions");
    const { params, input } = endpointTypes(model);
    for (const name of [params, input]) if (name === "NoParams" || name === "BinaryInput") used.add(name);
  }
  return [...used].toSorted();
}

function withDescendants(node: TreeNode): TreeNode[] {
  return [...node.children.values()].filter(isNamespace).flatMap(withDescendants).concat(node);
}

/** A class with a member for every child of a node that is one, and `$main` for what stands at the node itself. */
export function writeClass(writer: Writer, node: TreeNode): void {
  writer.write(`export class ${className(node.path)} extends Namespace`).block(() => {
    if (node.model !== undefined) writeMember(writer, OWN, node.model);
    for (const [name, child] of node.children) {
      writer.conditionalBlankLine(!writer.isAtStartOfFirstLineOfBlock());
      if (isNamespace(child)) writeAccessor(writer, name, className(child.path));
      else if (child.model !== undefined) writeMember(writer, name, child.model);
    }
  });
  writer.blankLine();
}

/** An accessor of a namespace, which is made on first use. */
export function writeAccessor(writer: Writer, name: string, type: string): void {
  writer.write(`get ${propertyKey(name)}(): ${type}`).block(() => {
    writer.writeLine(`return member(this, ${JSON.stringify(name)}, (by) => new ${type}(by));`);
  });
}

function writeMember(writer: Writer, name: string, model: WithMain): void {
  const { main, nsid } = model;
  const definition = `definitions.${constIdentifier(nsid)}`;
  const types = endpointTypes(model);
  if (main.kind === "record") {
    writeDocs(writer, main.docs);
    const kind = recordClass(main.key);
    writer.write(`get ${propertyKey(name)}(): ${kind}<${types.output}, ${types.input}>`).block(() => {
      writer.writeLine(`return member(this, ${JSON.stringify(name)}, (by) => new ${kind}(by, ${definition}));`);
    });
  } else {
    writeDocs(
      writer,
      withTags(
        main.docs,
        main.errors.map((error) => ["throws", throwsText(error)] as const),
      ),
    );
    const { parameters, argument, returns } = signature(main, types);
    const verb = main.kind === "subscription" ? "subscribe" : "call";
    writer.write(`${propertyKey(name)}(${parameters}): ${returns}`).block(() => {
      writer.writeLine(`return this[owner].${verb}(${definition}, ${argument}, options);`);
    });
  }
}

interface Signature {
  readonly parameters: string;
  readonly argument: string;
  readonly returns: string;
}

function signature(main: Exclude<WithMain["main"], { kind: "record" }>, types: EndpointTypes): Signature {
  const { params, input, output, item, errors } = types;
  const paramsRequired = main.requiredParams.length > 0;
  if (main.kind === "subscription") {
    const returns = `EventStream<${output}, ${errors}>`;
    const optional = paramsRequired ? "" : "?";
    return { parameters: `params${optional}: ${params}, options?: StreamOptions`, argument: "params", returns };
  }
  if (main.kind === "query") {
    const returns =
      main.items === undefined ? `CallPromise<${output}, ${errors}>` : `PagePromise<${output}, ${item}, ${errors}>`;
    return {
      parameters: `params${paramsRequired ? "" : "?"}: ${params}, options?: CallOptions`,
      argument: "params",
      returns,
    };
  }
  const inputParameter = `input${main.inputRequired || paramsRequired ? "" : "?"}: ${input}`;
  const options = main.hasParams
    ? paramsRequired
      ? `options: ProcedureOptions<${params}>`
      : `options?: Partial<ProcedureOptions<${params}>>`
    : "options?: CallOptions";
  return {
    parameters: `${inputParameter}, ${options}`,
    argument: "input",
    returns: `CallPromise<${output}, ${errors}>`,
  };
}

const throwsText = ({ name, description }: { name: string; description: string | undefined }): string =>
  description === undefined ? name : `${name} - ${description.replace(/\s+/g, " ")}`;
