import { withTags } from "../jsdoc.ts";
import { constIdentifier, propertyKey, typeIdentifier } from "../names.ts";
import type { EndpointTypes, WithMain } from "./definitions.ts";
import { endpointTypes } from "./definitions.ts";
import type { TreeNode } from "./tree.ts";
import { isNamespace } from "./tree.ts";
import type { NewWriter, Writer } from "./writer.ts";
import { writeDocs, writeHead } from "./writer.ts";

/** Member that holds what stands at a name which is also a namespace: no segment of an NSID can be called so. */
export const OWN = "$main";

/** Class of a namespace. */
export const className = (path: string): string => typeIdentifier(path);

/** The classes of one authority: a real method for each endpoint, an accessor for each record and namespace. */
export function namespacesText(node: TreeNode, runtime: string, newWriter: NewWriter): string {
  const body = newWriter();
  for (const one of withDescendants(node)) writeClass(body, one);
  const text = body.toString();
  const used = (names: readonly string[]): string[] => names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  const writer = newWriter();
  writeHead(writer, `the lexicons of ${node.path}`, [
    { names: used(["caller", "Collection", "member", "Namespace"]), from: runtime },
    {
      names: used(["BinaryInput", "CallOptions", "CallPromise", "NoParams", "PagePromise", "ProcedureOptions"]),
      from: runtime,
      isType: true,
    },
    { names: "definitions", from: `../definitions/${node.path}.ts` },
    { names: "types", from: "../types.ts", isType: true },
  ]);
  return writer.toString() + text;
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
    writer.write(`get ${propertyKey(name)}(): Collection<${types.output}>`).block(() => {
      writer.writeLine(`return member(this, ${JSON.stringify(name)}, () => new Collection(${definition}));`);
    });
  } else if (main.kind !== "subscription") {
    writeDocs(
      writer,
      withTags(
        main.docs,
        main.errors.map((error) => ["throws", throwsText(error)] as const),
      ),
    );
    const { parameters, argument, returns } = signature(main, types);
    writer.write(`${propertyKey(name)}(${parameters}): ${returns}`).block(() => {
      writer.writeLine(`return this[caller].call(${definition}, ${argument}, options);`);
    });
  }
}

interface Signature {
  readonly parameters: string;
  readonly argument: string;
  readonly returns: string;
}

function signature(main: WithMain["main"] & { kind: "query" | "procedure" }, types: EndpointTypes): Signature {
  const { params, input, output, item, errors } = types;
  if (main.kind === "query") {
    const returns =
      main.items === undefined ? `CallPromise<${output}, ${errors}>` : `PagePromise<${output}, ${item}, ${errors}>`;
    return {
      parameters: `params${main.paramsRequired ? "" : "?"}: ${params}, options?: CallOptions`,
      argument: "params",
      returns,
    };
  }
  const inputParameter = `input${main.inputRequired || main.paramsRequired ? "" : "?"}: ${input}`;
  const options = main.hasParams
    ? `options${main.paramsRequired ? "" : "?"}: ProcedureOptions<${params}>`
    : "options?: CallOptions";
  return {
    parameters: `${inputParameter}, ${options}`,
    argument: "input",
    returns: `CallPromise<${output}, ${errors}>`,
  };
}

const throwsText = ({ name, description }: { name: string; description: string | undefined }): string =>
  description === undefined ? name : `${name} - ${description.replace(/\s+/g, " ")}`;
