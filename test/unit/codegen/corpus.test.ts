import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { header, MARK } from "../../../codegen/emit/header.ts";
import { loadFolder, mergeSources } from "../../../codegen/load.ts";
import type { Json, JsonObject, LexiconDocument } from "../../../codegen/model.ts";
import { isClean } from "../../../codegen/plan.ts";
import type { RunResult } from "../../../codegen/run.ts";
import { Refusals } from "../../../codegen/refusals.ts";
import { run } from "../../../codegen/run.ts";
import { generate, lexicon } from "./generate.ts";
import { makePackage } from "./package.ts";
import {
  checkout,
  makeWorkspace,
  readTree,
  textOf,
  typeErrors,
  writeFiles,
  writeJson,
  writtenAt,
} from "./workspace.ts";

const workspace = makeWorkspace();
const root = makePackage(join(workspace, "package"));
const generated = join(root, "generated");
const from = join(workspace, "from");

const official = loadFolder(join(checkout, "lexicons/official"), "official");
const jsonOf = (nsid: string): JsonObject =>
  structuredClone((official.find((document) => document.nsid === nsid) as LexiconDocument).json);
type Loose = Record<string, Record<string, Json>>;

/** Official documents with something new in them, and namespaces that no official document has. */
function ownDocuments(): JsonObject[] {
  const post = jsonOf("app.bsky.feed.post") as { defs: { main: { record: { properties: Loose } } } };
  post.defs.main.record.properties.mood = { type: "ref", ref: "social.example.defs#mood" };
  const getTimeline = jsonOf("app.bsky.feed.getTimeline") as { defs: { main: { parameters: { properties: Loose } } } };
  getTimeline.defs.main.parameters.properties.since = { type: "string", format: "datetime" };
  const view: JsonObject = { type: "ref", ref: "app.bsky.feed.defs#feedViewPost" };
  return [
    post,
    getTimeline,
    lexicon("social.example.defs", { mood: { type: "string", knownValues: ["glad", "sad"] } }),
    lexicon("social.example.getMoods", {
      main: {
        type: "query",
        parameters: { type: "params", properties: { cursor: { type: "string" } } },
        output: {
          encoding: "application/json",
          schema: { type: "object", properties: { cursor: { type: "string" }, posts: { type: "array", items: view } } },
        },
      },
    }),
    lexicon("io.my-site.v1.note", {
      main: { type: "record", key: "any", record: { type: "object", properties: { file: { type: "blob" } } } },
    }),
    lexicon("io.my-site.v1.authBasic", {
      main: {
        type: "permission-set",
        title: "Notes",
        permissions: [{ type: "permission", resource: "repo", collection: ["io.my-site.v1.note"] }],
      },
    }),
  ];
}

let first: RunResult;
beforeAll(async () => {
  for (const json of ownDocuments()) writeJson(join(from, `${String(json.id)}.json`), json);
  first = await run({ root, from: [from] });
});

describe("the official documents with a folder of others", () => {
  it("are all generated", () => {
    expect(first.documents).toBe(official.length + 4);
    expect(first.plans.map(({ create }) => create.size)[0]).toBe(readTree(generated, String).size);
    const barrel = textOf(join(generated, "types.ts"));
    for (const name of ["AppBskyFeedPost", "SocialExampleGetMoods", "IoMySiteV1Note", "IoMySiteV1AuthBasic"])
      expect(barrel).toContain(`export type * as ${name} from`);
  });

  it("replace official documents of the same NSID", () => {
    expect(textOf(join(generated, "types/app/bsky/feed/post.ts"))).toContain(
      "mood?: SocialExampleDefs.Mood | undefined;",
    );
    expect(textOf(join(generated, "types/app/bsky/feed/getTimeline.ts"))).toContain(
      "since?: $.DatetimeInput | undefined;",
    );
  });

  it("type-check, with and without exact optional properties", async () => {
    const checks = [
      typeErrors(generated, { noUnusedLocals: true, noUnusedParameters: true }),
      typeErrors(generated, { exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false }),
    ];
    expect(await Promise.all(checks)).toEqual(["", ""]);
  });

  it("change nothing on a second run", async () => {
    const before = readTree(root, writtenAt);
    const second = await run({ root, from: [from] });
    expect(second.plans.map(isClean)).toEqual([true, true]);
    expect([second.clean, second.changes, second.hint]).toEqual([true, [], "none"]);
    expect(readTree(root, writtenAt)).toEqual(before);
  });

  it("carry the header in every file, and nothing of the machine or the day", () => {
    for (const [file, text] of readTree(generated, textOf)) {
      if (!file.endsWith(".ts")) continue;
      expect(text.startsWith(MARK)).toBe(true);
      expect(text).not.toContain(checkout);
    }
    expect(textOf(join(root, "lexicons/manifest.json"))).toContain('"source": "../from"');
    const nsid = "app.bsky.feed.getTimeline";
    expect(textOf(join(generated, "types/app/bsky/feed/getTimeline.ts")).split("\n")[0]).toBe(header(nsid));
  });
});

describe("the documents of the checkout", () => {
  it("give the same bytes in any order, and those that are generated", async () => {
    const documents = mergeSources([official, loadFolder(join(checkout, "lexicons/custom"), "custom")], new Refusals());
    const files = await generate(documents);
    const middle = Math.floor(documents.length / 2);
    const shuffled = [...documents.slice(middle).toReversed(), ...documents.slice(0, middle)];
    expect([...(await generate(shuffled))]).toEqual([...files]);
    const present = readTree(join(checkout, "generated"), textOf);
    present.delete("README.md");
    expect(Object.fromEntries(present)).toEqual(Object.fromEntries(files));
  });
});

describe("files that are not what codegen writes", () => {
  const others: Readonly<Record<string, string>> = {
    "README.md": "# Mine\n",
    "mine.ts": "export const mine = 1;\n",
    "types/mine.ts": "// @generated by another tool\n",
    "types/org/other/notes.json": "{}\n",
  };

  it("are left alone, while stale ones of codegen are deleted with the folders they empty", async () => {
    const stale = { "types/org/gone/deep/old.ts": `${header("org.gone")}\n`, "old.ts": `${header("old")}\n` };
    writeFiles(generated, [...Object.entries(others), ...Object.entries(stale)]);
    const { plans } = await run({ root, from: [from] });
    expect(plans[0]?.remove.toSorted()).toEqual(Object.keys(stale).toSorted());
    const left = readTree(generated, textOf);
    for (const [file, text] of Object.entries(others)) expect(left.get(file)).toBe(text);
    for (const file of Object.keys(stale)) expect(left.has(file)).toBe(false);
    expect(existsSync(join(generated, "types/org/gone"))).toBe(false);
    expect(existsSync(join(generated, "types/org/other"))).toBe(true);
  });

  it("are an error when they stand in the way, and nothing is written", async () => {
    const file = join(generated, "types/social/example/defs.ts");
    writeFileSync(file, "export type Mine = 1;\n");
    writeFileSync(join(generated, "root.ts"), `${header("the lexicons")}\n`);
    const before = readTree(root, writtenAt);
    await expect(run({ root, from: [from] })).rejects.toMatchObject({
      name: "CodegenError",
      message: `${file} was not written by codegen, so it is not replaced. Move it away, or choose another --out.`,
    });
    expect(readTree(root, writtenAt)).toEqual(before);
  });
});
