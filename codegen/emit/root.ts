import type { DocumentModel } from "../model.ts";
import { authorityFile, authorityOf, constIdentifier, typeIdentifier, typesFile } from "../names.ts";
import { className, OWN, writeAccessor, writeClass } from "./namespaces.ts";
import type { TreeNode } from "./tree.ts";
import { descendants, isNamespace } from "./tree.ts";
import type { Writer } from "./writer.ts";
import { newWriter, writeHead } from "./writer.ts";

const ORIGIN = "the lexicons";

/** The tree of methods, and the tables that find an endpoint by its NSID. */
export function rootText(root: TreeNode, authorities: readonly string[], runtime: string): string {
  const tops = [...root.children];
  const namespaces = [...descendants(root)]
    .map(({ node }) => node)
    .filter((node) => isNamespace(node) && node.path.includes("."));
  const used = new Set(tops.flatMap(([, top]) => [...top.children.values()].map(({ path }) => path)));
  for (const { node, parent } of descendants(root)) if (isEndpoint(node)) used.add(classPath(node, parent));
  const classes = Map.groupBy(
    namespaces.filter(({ path }) => used.has(path)),
    ({ path }) => authorityOf(path),
  );
  const writer = newWriter();
  writeHead(writer, ORIGIN, [
    { names: tops.length > 0 ? ["member", "Namespace"] : ["Namespace"], from: runtime },
    { names: ["Definition", "NamespaceOwner"], from: runtime, isType: true },
    ...authorities.map((authority) => ({
      names: constIdentifier(authority),
      from: `./definitions/${authorityFile(authority)}.ts`,
    })),
    ...[...classes].map(([authority, nodes]) => ({
      names: nodes.map(({ path }) => className(path)).toSorted(),
      from: `./namespaces/${authorityFile(authority)}.ts`,
    })),
  ]);
  for (const [, node] of tops) writeClass(writer, node);
  writer.writeLine("/** The tree: a method for every endpoint and an accessor for every record. */");
  writer.write("export class Root extends Namespace").block(() => {
    writer.write("constructor(by?: NamespaceOwner)").block(() => {
      writer.writeLine("super(by, definitions);");
    });
    for (const [name] of tops) {
      writer.blankLine();
      writeAccessor(writer, name, className(name));
    }
  });
  writer.blankLine();
  writeTable(writer, "Queries", "query", root);
  writeTable(writer, "Procedures", "procedure", root);
  writer.writeLine(
    "/** Domains, reversed, whose lexicons are known: a name below one of them that is not known is a mistake. */",
  );
  writer.writeLine(
    `export type Authority = ${authorities.map((authority) => JSON.stringify(authority)).join(" | ") || "never"};`,
  );
  writer.blankLine();
  writer.writeLine("/** Every definition, for looking one up by its NSID. */");
  const modules = authorities.map(constIdentifier).join(", ");
  writer.writeLine(`export const definitions: readonly Readonly<Record<string, Definition>>[] = [${modules}];`);
  return writer.toString();
}

function writeTable(writer: Writer, name: string, kind: "query" | "procedure", root: TreeNode): void {
  writer.writeLine(`/** The method of every ${kind}, by NSID. */`);
  writer.write(`export interface ${name}`).block(() => {
    for (const { node, parent } of descendants(root)) {
      if (node.model?.main.kind === kind)
        writer.writeLine(`${JSON.stringify(node.path)}: ${methodType(node, parent)};`);
    }
  });
  writer.blankLine();
}

const isEndpoint = ({ model }: TreeNode): boolean => model?.main.kind === "query" || model?.main.kind === "procedure";

/** The namespace whose class has the method. */
const classPath = (node: TreeNode, parent: TreeNode): string => (isNamespace(node) ? node.path : parent.path);

/** Where the type of a method can be looked up: `AppBskyFeed["getTimeline"]`. */
function methodType(node: TreeNode, parent: TreeNode): string {
  const name = isNamespace(node) ? OWN : node.path.slice(parent.path.length + 1);
  return `${className(classPath(node, parent))}[${JSON.stringify(name)}]`;
}

/** The type barrel: `AppBskyFeedDefs.PostView` for every document, and the records by their collections. */
export function typeBarrel(models: readonly DocumentModel[]): string {
  const writer = newWriter();
  writeHead(writer, ORIGIN, []);
  for (const { nsid } of models) {
    writer.writeLine(`export type * as ${typeIdentifier(nsid)} from ${JSON.stringify(`./${typesFile(nsid)}`)};`);
  }
  if (hasRecordTable(models)) writer.writeLine('export type { Records } from "./records.ts";');
  return writer.toString();
}

/** Whether anything asks for the types of records by their collections. */
export const hasRecordTable = (models: readonly DocumentModel[]): boolean =>
  models.some((model) => model.main?.kind === "record" || (model.main?.kind === "subscription" && model.main.commits));

/** The type of the records of every collection. `augmented`: the module whose `CustomRecords` they are, too. */
export function recordTable(models: readonly DocumentModel[], augmented: string | undefined): string {
  const records = models.filter(({ main }) => main?.kind === "record").map(({ nsid }) => nsid);
  const writer = newWriter();
  writeHead(
    writer,
    ORIGIN,
    records.map((nsid) => ({ names: [`Main as ${typeIdentifier(nsid)}`], from: `./${typesFile(nsid)}`, isType: true })),
  );
  writer.writeLine("/** The type of the records of every collection. */");
  writer.write("export interface Records").block(() => {
    for (const nsid of records) writer.writeLine(`${JSON.stringify(nsid)}: ${typeIdentifier(nsid)};`);
  });
  if (augmented !== undefined) {
    writer.blankLine();
    writer.write(`declare module ${JSON.stringify(augmented)}`).block(() => {
      writer.writeLine("interface CustomRecords extends Records {}");
    });
  }
  return writer.toString();
}

/** The definition barrel: one constant for every endpoint, subscription and record, for `client.call(definition, …)`. */
export function definitionBarrel(authorities: readonly string[]): string {
  const writer = newWriter();
  writeHead(writer, ORIGIN, []);
  for (const authority of authorities)
    writer.writeLine(`export * from ${JSON.stringify(`./definitions/${authorityFile(authority)}.ts`)};`);
  return writer.toString();
}
