import { createRequire } from "node:module";
import type { CodeBlockWriter } from "ts-morph";
import { commentText } from "../jsdoc.ts";
import type { Docs } from "../model.ts";
import { header } from "./header.ts";

/**
 * ts-morph's writer, which knows about indentation, blocks and blank lines. Text is never made into a source file: that would
 * parse what was just written, and double the time of a run.
 */
export type Writer = CodeBlockWriter;

type WriterClass = new (options: { newLine: "\n"; indentNumberOfSpaces: number }) => Writer;

let writerClass: WriterClass | undefined;

/** Taken from the package in which ts-morph has it: ts-morph itself loads the TypeScript compiler, half the time of a run. */
export function newWriter(): Writer {
  writerClass ??= (createRequire(import.meta.resolve("ts-morph"))("code-block-writer") as { default: WriterClass })
    .default;
  return new writerClass({ newLine: "\n", indentNumberOfSpaces: 2 });
}

/** Writes documentation as a comment, when there is any. */
export function writeDocs(writer: Writer, docs: Docs): void {
  const text = commentText(docs);
  if (text === undefined) return;
  const lines = text.split("\n");
  if (lines.length === 1) {
    writer.writeLine(`/** ${text} */`);
    return;
  }
  writer.writeLine("/**");
  for (const line of lines) writer.writeLine(` * ${line}`.trimEnd());
  writer.writeLine(" */");
}

export interface Import {
  /** `{ A, B }` or `* as name` */
  readonly names: readonly string[] | string;
  readonly from: string;
  readonly isType?: boolean;
}

/** Writes the first line of a module and its imports; those of nothing are left out. */
export function writeHead(writer: Writer, origin: string, imports: readonly Import[]): void {
  writer.writeLine(header(origin));
  for (const { names, from, isType } of imports) {
    if (names.length === 0) continue;
    const what = typeof names === "string" ? `* as ${names}` : `{ ${names.join(", ")} }`;
    writer.writeLine(`import ${isType ? "type " : ""}${what} from ${JSON.stringify(from)};`);
  }
  writer.blankLine();
}
