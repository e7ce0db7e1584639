import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadFolder } from "../../../codegen/load.ts";
import { commitStreams, pageItems, procedureOutputs, procedureParams } from "../../../codegen/overrides.ts";
import { run } from "../../../codegen/run.ts";
import { documentOf, generateAll, lexicon } from "./generate.ts";
import { makePackage } from "./package.ts";
import { array, generated, json, object, params, query, string } from "./schemas.ts";
import { makeSkeleton } from "./skeleton.ts";
import { checkout, makeWorkspace, textOf, writeJson } from "./workspace.ts";
import type { Json, JsonObject } from "../../../codegen/model.ts";

const workspace = makeWorkspace();
const root = makePackage(join(workspace, "package"));

describe("C2: a query with a cursor and several arrays", () => {
  const list = lexicon("com.example.list", {
    main: query({
      parameters: params({ cursor: string }),
      output: json(object({ cursor: string, things: array(string), others: array({ type: "integer" }) })),
    }),
  });

  test("C2 is a plain call, and a notice says how it becomes a list", async () => {
    const { files, refusals, notes } = await generated(list);
    expect(refusals).toEqual([]);
    expect(notes.map(({ kind, pointer }) => [kind, pointer])).toEqual([["notice", "/defs/main/output/schema"]]);
    expect(notes[0]?.message).toContain("--items com.example.list=things");
    const text = files.get("namespaces/com.example.ts");
    expect(text).toContain("CallPromise<types.ComExampleList.Output");
    expect(text).not.toContain("PagePromise");
  });

  test("C2 --items says which array is the list", async () => {
    const { files, notes } = await generateAll([documentOf(list)], { items: { "com.example.list": "others" } });
    expect(notes).toEqual([]);
    expect(files.get("namespaces/com.example.ts")).toContain(
      "PagePromise<types.ComExampleList.Output, types.ComExampleList.Item, never>",
    );
    expect(files.get("types/com/example/list.ts")).toContain("export type Item = number;");
    expect(files.get("definitions/com.example.ts")).toContain('items: "others"');
  });

  test("C2 the command takes it, and refuses what fits nothing", async () => {
    const skeleton = makeSkeleton(join(workspace, "items"));
    writeJson(skeleton.path("own/list.json"), list);
    const args = ["--from", "own", "--out", "out"];
    expect(await skeleton.codegen(...args, "--items", "com.example.list=things")).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(textOf(skeleton.path("out/types/com/example/list.ts"))).toContain("export type Item = string;");
    expect(await skeleton.codegen(...args, "--items", "com.example.list=others")).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(textOf(skeleton.path("out/types/com/example/list.ts"))).toContain("export type Item = number;");
    const wrong = await skeleton.codegen(...args, "--items", "com.example.list=none");
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringContaining("the arrays of its pages are things, others"),
    ]);
    expect((await skeleton.codegen(...args, "--items", "com.example.gone=x")).stderr).toBe(
      "--items com.example.gone=x matches no document.\n",
    );
    expect((await skeleton.codegen(...args, "--items", "com.example.list")).code).toBe(2);
  });
});

describe("C3: facts that lexicons do not state", () => {
  test("C3 apply where they fit: older editions of official documents are generated", async () => {
    const folder = join(workspace, "older");
    const cursor = params({ cursor: string });
    writeJson(
      join(folder, "a.json"),
      lexicon("chat.bsky.convo.getMessages", {
        main: query({ parameters: cursor, output: json(object({ cursor: string, messages: array(string) })) }),
      }),
    );
    writeJson(
      join(folder, "b.json"),
      lexicon("app.bsky.video.uploadVideo", {
        main: { type: "procedure", parameters: params({ did: string }, ["did"]), input: { encoding: "video/mp4" } },
      }),
    );
    writeJson(join(folder, "c.json"), lexicon("app.bsky.feed.searchPostsV2", { main: object({}) }));
    writeJson(join(folder, "d.json"), lexicon("com.atproto.sync.subscribeRepos", { main: query({}) }));
    const out = join(workspace, "older-out");
    const { refusals, notes } = await run({ root, from: [folder], out });
    expect([refusals, notes]).toEqual([[], []]);
    expect(textOf(join(out, "types/chat/bsky/convo/getMessages.ts"))).toContain("export type Item = string;");
    expect(textOf(join(out, "types/app/bsky/video/uploadVideo.ts"))).not.toContain("name");
  });

  test("each of them is needed by the official documents of today", () => {
    const official = new Map(
      loadFolder(join(checkout, "lexicons/official"), "official").map(({ nsid, json: document }) => [
        nsid,
        (document.defs as Readonly<Record<string, JsonObject>>).main,
      ]),
    );
    for (const [nsid, property] of Object.entries(pageItems)) {
      const { type, output } = official.get(nsid) as { type: Json; output: { schema: { properties: JsonObject } } };
      const arrays = Object.entries(output.schema.properties).filter(([, one]) => (one as JsonObject).type === "array");
      expect([nsid, type, arrays.length > 1, arrays.map(([name]) => name).includes(property)]).toEqual([
        nsid,
        "query",
        true,
        true,
      ]);
    }
    for (const nsid of Object.keys(procedureParams)) {
      expect([nsid, official.get(nsid)?.type, official.get(nsid)?.parameters]).toEqual([nsid, "procedure", undefined]);
    }
    for (const [nsid, { stated }] of Object.entries(procedureOutputs)) {
      expect([nsid, official.get(nsid)?.type, official.get(nsid)?.output]).toEqual([nsid, "procedure", stated]);
    }
    for (const nsid of commitStreams) expect([nsid, official.get(nsid)?.type]).toEqual([nsid, "subscription"]);
  });
});
