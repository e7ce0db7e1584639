import { posix } from "node:path";
import type { Declaration, DocumentModel } from "../model.ts";
import { propertyKey, typesFile } from "../names.ts";
import type { TypeScope } from "./type-text.ts";
import { importName, MEMBER_PREFIX, propertyType, RUNTIME, typeText } from "./type-text.ts";
import type { Writer } from "./writer.ts";
import { newWriter, writeDocs, writeHead } from "./writer.ts";

/** The types of one document: interfaces and aliases only, so that nothing of the file is left at run time. */
export function typesText(model: DocumentModel, runtime: string, records: ReadonlySet<string>): string {
  const scope: TypeScope = {
    nsid: model.nsid,
    imports: new Set(),
    usesRuntime: false,
    alwaysTyped: records,
    declared: new Set(model.declarations.map(({ name }) => name)),
  };
  const body = newWriter();
  for (const declaration of model.declarations) writeDeclaration(body, declaration, scope);
  const writer = newWriter();
  writeHead(writer, model.nsid, [
    { names: scope.usesRuntime ? RUNTIME : [], from: runtime, isType: true },
    ...[...scope.imports].toSorted().map((nsid) => ({
      names: importName(nsid, scope),
      from: relativeFile(model.nsid, nsid),
      isType: true,
    })),
  ]);
  return writer.toString() + body.toString();
}

function relativeFile(from: string, to: string): string {
  const path = posix.relative(posix.dirname(typesFile(from)), typesFile(to));
  return path.startsWith(".") ? path : `./${path}`;
}

function writeDeclaration(writer: Writer, declaration: Declaration, scope: TypeScope): void {
  const { name } = declaration;
  writeDocs(writer, declaration.docs);
  if (declaration.kind === "alias") {
    writer.writeLine(`export type ${name} = ${typeText(declaration.type, scope)};`);
    writer.blankLine();
    return;
  }
  // Callers may hand over frozen arrays where a call only reads them.
  const frozen = name === "Params" || name === "Input";
  const { $type, typeRequired } = declaration;
  writer.write(`export interface ${name}`).block(() => {
    if ($type !== undefined) writeType(writer, $type, typeRequired);
    for (const property of declaration.properties) {
      writeDocs(writer, property.docs);
      const optional = property.required ? "" : "?";
      writer.writeLine(`${propertyKey(property.name)}${optional}: ${propertyType(property, scope, frozen)};`);
    }
  });
  writer.blankLine();
  if ($type === undefined || !declaration.isMember) return;
  writer.writeLine(`/** {@link ${name}} as a member of a union */`);
  writer.write(`export interface ${MEMBER_PREFIX}${name} extends ${name}`).block(() => writeType(writer, $type, true));
  writer.blankLine();
}

function writeType(writer: Writer, $type: string, required: boolean): void {
  const literal = JSON.stringify($type);
  writer.writeLine(required ? `$type: ${literal};` : `$type?: ${literal} | undefined;`);
}
