import type { DocumentModel } from "../model.ts";
import { authorityFile } from "../names.ts";
import { newWriter, writeHead } from "./writer.ts";

/** The documents of one authority as text, which costs nothing until a value is checked by one of them. */
export function documentsText(authority: string, models: readonly DocumentModel[], runtime: string): string {
  const writer = newWriter();
  writeHead(writer, `the lexicons of ${authority}`, [{ names: ["DocumentTexts"], from: runtime, isType: true }]);
  writer.writeLine("/** Each document as JSON, without its descriptions. */");
  writer.writeLine("export const texts: DocumentTexts = {");
  for (const { nsid, text } of models) writer.writeLine(`  ${JSON.stringify(nsid)}: ${quoted(text)},`);
  writer.writeLine("};");
  return writer.toString();
}

/** In single quotes, because JSON is full of the others. */
const quoted = (json: string): string => `'${json.replaceAll(/[\\']/g, "\\$&")}'`;

/** Where the documents of every authority are: data that definitions carry, so that values can be checked by them. */
export function documentTable(authorities: readonly string[], runtime: string, extension: string): string {
  const writer = newWriter();
  writeHead(writer, "the lexicons", [{ names: ["Documents"], from: runtime, isType: true }]);
  writer.writeLine("/** Loads the documents of an authority. */");
  writer.writeLine("export const documents: Documents = {");
  for (const authority of authorities) {
    const file = JSON.stringify(`./documents/${authorityFile(authority)}${extension}`);
    writer.writeLine(`  ${JSON.stringify(authority)}: () => import(${file}),`);
  }
  writer.writeLine("};");
  return writer.toString();
}
