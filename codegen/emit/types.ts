import { posix } from "node:path";
import type { JSDocStructure, OptionalKind, PropertySignatureStructure, Writers } from "ts-morph";
import { commentText } from "../jsdoc.ts";
import type { Declaration, Docs, DocumentModel } from "../model.ts";
import { propertyKey, typeIdentifier, typesFile } from "../names.ts";
import { LexiconError } from "../problem.ts";
import type { TypeScope } from "./type-text.ts";
import { MEMBER_PREFIX, propertyType, RUNTIME, typeText } from "./type-text.ts";
import type { NewWriter, Writer } from "./writer.ts";
import { writeDocs, writeHead } from "./writer.ts";

/** ts-morph's printers of structures, handed in so that only the step that prints loads it. */
type Printers = typeof Writers;

/** The types of one document: interfaces and aliases only, so that nothing of the file is left at run time. */
export function typesText(
  model: DocumentModel,
  runtime: string,
  records: ReadonlySet<string>,
  newWriter: NewWriter,
  printers: Printers,
): string {
  const scope: TypeScope = { nsid: model.nsid, imports: new Set(), usesRuntime: false, alwaysTyped: records };
  const body = newWriter();
  for (const declaration of model.declarations) writeDeclaration(body, declaration, scope, printers);
  checkImports(model, scope);
  const writer = newWriter();
  writeHead(writer, model.nsid, [
    { names: scope.usesRuntime ? RUNTIME : [], from: runtime, isType: true },
    ...[...scope.imports].toSorted().map((nsid) => ({
      names: typeIdentifier(nsid),
      from: relativeFile(model.nsid, nsid),
      isType: true,
    })),
  ]);
  return writer.toString() + body.toString();
}

/** A definition may happen to have the name under which another document is imported. */
function checkImports({ nsid, declarations }: DocumentModel, { imports }: TypeScope): void {
  for (const imported of imports) {
    const name = typeIdentifier(imported);
    if (!declarations.some((declaration) => declaration.name === name)) continue;
    throw new LexiconError(nsid, ["defs"], `a definition has the name ${name}, under which ${imported} is imported`);
  }
}

function relativeFile(from: string, to: string): string {
  const path = posix.relative(posix.dirname(typesFile(from)), typesFile(to));
  return path.startsWith(".") ? path : `./${path}`;
}

function writeDeclaration(writer: Writer, declaration: Declaration, scope: TypeScope, printers: Printers): void {
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
  const properties: OptionalKind<PropertySignatureStructure>[] = declaration.properties.map((property) => ({
    name: propertyKey(property.name),
    hasQuestionToken: !property.required,
    type: propertyType(property, scope, frozen),
    ...docblock(property.docs),
  }));
  if ($type !== undefined) properties.unshift(typeProperty($type, typeRequired));
  writer.write(`export interface ${name} `);
  printers.objectType({ properties })(writer);
  writer.blankLine();
  if ($type === undefined || !declaration.isMember) return;
  writer.writeLine(`/** {@link ${name}} as a member of a union */`);
  writer.write(`export interface ${MEMBER_PREFIX}${name} extends ${name} `);
  printers.objectType({ properties: [typeProperty($type, true)] })(writer);
  writer.blankLine();
}

/** A comment starts on its own line when it has more than one. */
function docblock(docs: Docs): { docs?: OptionalKind<JSDocStructure>[] } {
  const description = commentText(docs);
  if (description === undefined) return {};
  return { docs: [{ description: description.includes("\n") ? `\n${description}` : description }] };
}

const typeProperty = ($type: string, required: boolean): OptionalKind<PropertySignatureStructure> => ({
  name: "$type",
  hasQuestionToken: !required,
  type: required ? JSON.stringify($type) : `${JSON.stringify($type)} | undefined`,
});
