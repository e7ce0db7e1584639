import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../codegen/model.ts";
import { run } from "../../../codegen/run.ts";
import { lexicon } from "./generate.ts";
import { makeSkeleton } from "./skeleton.ts";
import { checkout, makeWorkspace, readJson, readTree, textOf, writeJson } from "./workspace.ts";

const workspace = makeWorkspace();
const own = join(workspace, "lexicons");
const remembering = join(workspace, "remembering");
const memory = join(workspace, "memory.json");

type Draft = { [key: string]: Json };

/** Numbers between 0 and 1, the same in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = numbers(7);
const oneOf = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;

const files = (): string[] =>
  readdirSync(own, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));

/** Every object in a document for which `test` holds. */
function objectsIn(json: Json, test: (json: JsonObject) => boolean): Draft[] {
  if (json === null || typeof json !== "object") return [];
  const here = !Array.isArray(json) && test(json as JsonObject) ? [json as Draft] : [];
  return [...here, ...Object.values(json as JsonObject).flatMap((member) => objectsIn(member, test))];
}

const withProperties = (json: JsonObject): boolean => json.type === "object" && json.properties !== undefined;

/** Objects and records of all documents, by which references may be replaced. */
function targets(): string[] {
  return files().flatMap((file) => {
    const { id, defs } = readJson<{ id: string; defs: Record<string, JsonObject> }>(join(own, file));
    return Object.entries(defs).flatMap(([name, { type }]) => (type === "object" ? `${id}#${name}` : []));
  });
}

let count = 0;

/** Changes of one document, as lexicons change. Some of them make it refer to what it should not. */
const changes: Readonly<Record<string, (file: string) => void>> = {
  "a field is added": edit((document) => {
    const object = oneOf(objectsIn(document, withProperties));
    if (object !== undefined) (object["properties"] as Draft)[`added${(count += 1)}`] = { type: "string" };
  }),
  "a field is removed": edit((document) => {
    const properties = oneOf(objectsIn(document, withProperties))?.["properties"] as Draft | undefined;
    if (properties !== undefined) delete properties[oneOf(Object.keys(properties))];
  }),
  "a reference is changed": edit((document) => {
    const reference = oneOf(objectsIn(document, ({ type }) => type === "ref"));
    if (reference !== undefined) reference["ref"] = oneOf(targets());
  }),
  "a union has another member": edit((document) => {
    const union = oneOf(objectsIn(document, ({ type }) => type === "union"));
    if (union !== undefined) union["refs"] = [...(union["refs"] as string[]), oneOf(targets())];
  }),
  "a description is changed": edit((document) => {
    document["description"] = `Edition ${(count += 1)}`;
  }),
  "the document is removed": (file) => rmSync(join(own, file)),
  "a document is added": () => {
    const schema = { type: "ref", ref: oneOf(targets()) };
    const main = { type: "procedure", input: { encoding: "application/json", schema } };
    const id = `com.example.added${(count += 1)}`;
    writeJson(join(own, `${id}.json`), lexicon(id, { main }));
  },
};

function edit(change: (document: Draft) => void): (file: string) => void {
  return (file) => {
    const document = readJson<Draft>(join(own, file));
    change(document);
    writeJson(join(own, file), document);
  };
}

/** The files after a run, or why there was none. */
async function outcome(out: string, remembered?: string): Promise<{ made: number; result: unknown }> {
  const options = { root: checkout, out, from: [own], memory: remembered };
  try {
    const { made } = await run(options);
    return { made, result: readTree(out, textOf) };
  } catch (error) {
    return { made: 0, result: String(error) };
  }
}

describe("a run that remembers the one before", () => {
  it("writes what a run that remembers nothing writes, whichever document has changed", async () => {
    for (const folder of ["feed", "embed", "graph"]) {
      cpSync(join(checkout, "lexicons/official/app/bsky", folder), join(own, folder), { recursive: true });
    }
    expect((await outcome(remembering, memory)).made).toBeGreaterThan(80);
    const made: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (const [what, change] of Object.entries(changes)) {
        const saved = join(workspace, "saved");
        cpSync(own, saved, { recursive: true });
        change(oneOf(files()));
        const full = join(workspace, "full");
        rmSync(full, { recursive: true, force: true });
        const expected = await outcome(full);
        const incremental = await outcome(remembering, memory);
        expect({ what, result: incremental.result }).toEqual({ what, result: expected.result });
        if (typeof expected.result === "string") {
          rmSync(own, { recursive: true });
          cpSync(saved, own, { recursive: true });
        } else {
          made.push(incremental.made);
        }
        rmSync(saved, { recursive: true });
      }
    }
    expect(made.length).toBeGreaterThan(10);
    expect(made.toSorted((a, b) => a - b)[made.length >> 1]).toBeLessThan(30);
  });

  it("makes two files when a description has changed: the types of the document and the documents of its authority", async () => {
    const file = join(own, "com.example.last.json");
    const last = lexicon("com.example.last", { main: { type: "query" } });
    writeJson(file, last);
    await run({ root: checkout, out: remembering, from: [own], memory });
    expect((await run({ root: checkout, out: remembering, from: [own], memory })).made).toBe(0);
    writeJson(file, { ...last, description: "Another one" });
    const { made, plans } = await run({ root: checkout, out: remembering, from: [own], memory });
    expect(made).toBe(2);
    expect(plans[0]?.update.size).toBe(0);
  });

  it("puts back what somebody changed or deleted in the output", async () => {
    const expected = readTree(remembering, textOf);
    const [changed, deleted] = [join(remembering, "root.ts"), join(remembering, "types/app/bsky/feed/defs.ts")];
    writeFileSync(changed, `${textOf(changed)}// mine\n`);
    rmSync(deleted);
    const { made } = await run({ root: checkout, out: remembering, from: [own], memory });
    expect(made).toBe(2);
    expect(readTree(remembering, textOf)).toEqual(expected);
  });

  it("believes nothing of it in a check", async () => {
    const { made, clean } = await run({ root: checkout, out: remembering, from: [own], memory, check: true });
    expect(clean).toBe(true);
    expect(made).toBeGreaterThan(80);
  });

  it("does without it when it cannot be read", async () => {
    writeFileSync(memory, textOf(memory).slice(0, 1000));
    const { made } = await run({ root: checkout, out: remembering, from: [own], memory });
    expect(made).toBeGreaterThan(80);
  });
});

it("makes all anew when codegen itself has changed", async () => {
  const skeleton = makeSkeleton(join(workspace, "package"));
  expect(await skeleton.codegen()).toMatchObject({ code: 0 });
  expect(existsSync(skeleton.path("node_modules/.cache/skylex"))).toBe(true);
  const file = skeleton.path("codegen/emit/header.ts");
  writeFileSync(file, textOf(file).replace("Changes belong there", "Changes are to be made there"));
  expect(await skeleton.codegen()).toMatchObject({ code: 0, stderr: "" });
  const written = [...readTree(skeleton.path("generated"), textOf)];
  expect(written.filter(([, text]) => !text.includes("Changes are to be made there"))).toEqual([]);
});
