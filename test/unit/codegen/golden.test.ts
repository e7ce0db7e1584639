import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadFolder } from "../../../codegen/load.ts";
import type { Json } from "../../../codegen/model.ts";
import { LexiconError } from "../../../codegen/errors.ts";
import { generate, generateAll, generateFolder } from "./generate.ts";
import { makeWorkspace, readJson, readTree, textOf, typeErrors, writeFiles } from "./workspace.ts";

const golden = join(import.meta.dirname, "golden");
const refresh = process.env.UPDATE_GOLDEN === "1";
const names = readdirSync(golden).toSorted();
const refused = names.filter((name) => name.startsWith("error-"));
const accepted = names.filter((name) => !name.startsWith("error-"));

/** The same few lines for every fixture, or the fixture once more. */
const isRepetition = (file: string): boolean => /^(?:definitions|types|documents)\.ts$|^documents\//.test(file);

describe("golden fixtures", () => {
  const workspace = makeWorkspace();
  const generated = new Map<string, ReadonlyMap<string, string>>();
  const noted = new Map<string, string>();

  beforeAll(async () => {
    for (const name of accepted) {
      const { files, refusals, notes } = await generateAll(loadFolder(join(golden, name), name));
      if (refusals[0] !== undefined) throw refusals[0];
      generated.set(name, files);
      noted.set(
        name,
        notes.map(({ nsid, pointer, kind, message }) => `${kind}: ${nsid} at ${pointer}: ${message}\n`).join(""),
      );
    }
  });

  it.each(accepted)("%s", async (name) => {
    const files = generated.get(name) as ReadonlyMap<string, string>;
    const folder = join(golden, name, "expected");
    const output = new Map([...files].filter(([file]) => !isRepetition(file)));
    const notes = noted.get(name) ?? "";
    if (notes !== "") output.set("notes.txt", notes);
    if (refresh) {
      rmSync(folder, { recursive: true, force: true });
      writeFiles(folder, output);
    }
    expect(Object.fromEntries(output)).toEqual(Object.fromEntries(readTree(folder, textOf)));
    expect(await generate(loadFolder(join(golden, name), name).toReversed())).toEqual(files);
  });

  it("type-checks as a whole, with and without exact optional properties", async () => {
    for (const [name, files] of generated) {
      writeFiles(
        workspace,
        [...files].map(([file, text]) => [`${name}/${file}`, text] as const),
      );
    }
    expect(generated.size).toBe(accepted.length);
    const checks = [
      typeErrors(workspace, { noUnusedLocals: true, noUnusedParameters: true }),
      typeErrors(workspace, { exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false }),
    ];
    expect(await Promise.all(checks)).toEqual(["", ""]);
  });
});

describe("refused documents", () => {
  it.each(refused)("%s", async (name) => {
    const folder = join(golden, name);
    const file = join(folder, "error.txt");
    const error: unknown = await generateFolder(folder, name).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LexiconError);
    const { message, nsid, pointer } = error as LexiconError;
    if (refresh) writeFileSync(file, `${message}\n`);
    expect(`${message}\n`).toBe(existsSync(file) ? textOf(file) : "no error.txt");
    expect(message.startsWith(`${nsid}${pointer === "" ? "" : ` at ${pointer}`}: `)).toBe(true);
    expect(isPlace(folder, nsid, pointer)).toBe(true);
  });
});

/** The error names a document of the fixture, or its file when the text is none, and a place in it or one member short of it. */
function isPlace(folder: string, nsid: string, pointer: string): boolean {
  const files = [...readTree(folder, String)].map(([file]) => file).filter((file) => file.endsWith(".json"));
  if (files.some((file) => nsid.endsWith(`/${file}`))) return pointer === "" || /^\/[^/]+$/.test(pointer);
  const documents = files.map((file) => readJson<{ id?: string }>(join(folder, file)));
  const segments = pointer.split("/").slice(1);
  const path = segments.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const parent = path
    .slice(0, -1)
    .reduce<Json | undefined>(
      (value, part) => (value as Record<string, Json> | undefined)?.[part],
      documents.find(({ id }) => id === nsid) as Json | undefined,
    );
  return parent !== null && typeof parent === "object";
}
