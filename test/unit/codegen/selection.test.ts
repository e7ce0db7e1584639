import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../codegen/model.ts";
import type { RunOptions } from "../../../codegen/run.ts";
import { run } from "../../../codegen/run.ts";
import { Client } from "../../../src/client/client.ts";
import type { NamespaceOwner } from "../../../src/core/lexicon/namespace.ts";
import { lexicon } from "./generate.ts";
import { makePackage } from "./package.ts";
import { checkout, makeWorkspace, readJson, readTree, textOf, typeErrors, writeJson } from "./workspace.ts";

const workspace = makeWorkspace();
const root = makePackage(join(workspace, "package"));

/** Generates into a folder of its own. */
async function generateInto(name: string, options: Partial<RunOptions>): Promise<string> {
  const out = join(workspace, name);
  await run({ root, out, runtime: "#runtime", ...options });
  return out;
}

/** NSIDs of the modules of types in a folder. */
const generatedIn = (out: string): string[] =>
  [...readTree(join(out, "types"), String).keys()].map((file) => file.replace(/\.ts$/, "").replaceAll("/", "."));

/** NSIDs that can be reached from some by the imports between modules of types. */
function imported(out: string, roots: readonly string[]): string[] {
  const found = new Set(roots);
  for (const nsid of found) {
    const file = `types/${nsid.replaceAll(".", "/")}.ts`;
    for (const [, path = ""] of textOf(join(out, file)).matchAll(/ from "(\.[^"]+)\.ts";/g)) {
      const base = new URL(path, `file:///${file}`).pathname;
      found.add(base.slice("/types/".length).replaceAll("/", "."));
    }
  }
  return [...found].toSorted();
}

describe("--only", () => {
  it.each([
    ["app.bsky.actor.getProfile"],
    ["app.bsky.feed.getTimeline"],
    ["com.atproto.repo.createRecord"],
    ["com.atproto.sync.getRepo"],
    ["app.bsky.feed.post"],
    ["com.atproto.sync.subscribeRepos"],
  ])("%s pulls what its types need and nothing else", async (nsid) => {
    const out = await generateInto(nsid, { only: [nsid] });
    expect(generatedIn(out).toSorted()).toEqual(imported(out, [nsid]));
    expect(await typeErrors(out, { noUnusedLocals: true })).toBe("");
    const { documents } = readJson<{ documents: object }>(join(out, "manifest.json"));
    expect(Object.keys(documents)).toEqual(generatedIn(out).toSorted());
  });

  it("leaves out of needed documents what nothing refers to, and methods nobody asked for", async () => {
    const out = await generateInto("create", { only: ["com.atproto.repo.createRecord"] });
    expect(textOf(join(out, "types/com/atproto/repo/defs.ts"))).toContain("export interface CommitMeta");
    const profile = await generateInto("profile", { only: ["app.bsky.actor.getProfile"] });
    const text = textOf(join(profile, "types/app/bsky/actor/defs.ts"));
    expect(text).toContain("export interface ProfileViewDetailed");
    expect(text).not.toContain("export interface PostInteractionSettingsPref");
    expect(textOf(join(profile, "root.ts")).match(/^ {2}"/gm)).toHaveLength(1);
  });

  it("takes everything below a name with .*, and several names", async () => {
    const out = await generateInto("several", { only: ["app.bsky.video.*", "com.atproto.sync.getRepo"] });
    const official = readdirSync(join(root, "lexicons/official/app/bsky/video"));
    const expected = official.map((file) => `app.bsky.video.${file.replace(".json", "")}`);
    expect(generatedIn(out)).toEqual(expect.arrayContaining([...expected, "com.atproto.sync.getRepo"]));
    expect(generatedIn(out).toSorted()).toEqual(imported(out, [...expected, "com.atproto.sync.getRepo"]));
    expect(await typeErrors(out)).toBe("");
  });

  it.each(["app.bsky.feed.getTimelin", "app.bsky.fee.*", "app.bsky.feed", "*"])("refuses %s", async (pattern) => {
    await expect(run({ root, only: ["app.bsky.feed.getTimeline", pattern] })).rejects.toMatchObject({
      name: "CodegenError",
      message: `--only ${pattern} matches no document.`,
    });
  });
});

const from = join(workspace, "lexicons");
const own: readonly JsonObject[] = [
  lexicon("social.example.getCard", {
    main: {
      type: "query",
      parameters: { type: "params", required: ["actor"], properties: { actor: { type: "string", format: "did" } } },
      output: { encoding: "application/json", schema: { type: "ref", ref: "app.bsky.actor.defs#profileViewBasic" } },
    },
  }),
  lexicon("social.example.card", { main: { type: "record", key: "tid", record: { type: "object", properties: {} } } }),
];
for (const json of own) writeJson(join(from, `${String(json.id)}.json`), json);

interface Made {
  readonly Root: new (by: NamespaceOwner) => {
    readonly social: {
      readonly example: {
        getCard(params: { actor: string }): Promise<unknown>;
        readonly card: { readonly nsid: string };
      };
    };
    readonly app?: unknown;
  };
}

describe("--out", () => {
  it("writes one's own lexicons, what they need and a manifest, importing the runtime of the package", async () => {
    const out = await generateInto("own", { from: [from], runtime: undefined });
    const nsids = own.map(({ id }) => String(id));
    expect(generatedIn(out).toSorted()).toEqual(imported(out, nsids));
    expect(generatedIn(out)).toContain("app.bsky.actor.defs");
    expect(readJson(join(out, "manifest.json"))).toMatchObject({
      documents: {
        "social.example.card": { source: "../lexicons" },
        "app.bsky.actor.defs": { source: "@atproto/api" },
      },
    });
    const modules = [...readTree(out, textOf)].flatMap(([, text]) =>
      [...text.matchAll(/ from "([^."][^"]*)"/g)].map(([, module]) => module),
    );
    expect(new Set(modules)).toEqual(new Set(["skylex/runtime"]));
    const runtime = { "skylex/runtime": [join(checkout, "src/runtime.ts")] };
    expect(await typeErrors(out, { paths: runtime, noUnusedLocals: true })).toBe("");
  });

  it("leaves the package itself alone, and needs no second write", async () => {
    const before = readTree(root, textOf);
    const out = await generateInto("twice", { from: [from] });
    expect(readTree(root, textOf)).toEqual(before);
    expect(await run({ root, out, runtime: "#runtime", from: [from] })).toMatchObject({ clean: true, changes: [] });
  });

  it("gives a tree that works on any client", async () => {
    const out = await generateInto("tree", { from: [from] });
    const { Root } = (await import(join(out, "root.ts"))) as Made;
    const urls: string[] = [];
    const fetch = (url: string | URL | Request): Promise<Response> => {
      urls.push(url instanceof Request ? url.url : String(url));
      return Promise.resolve(Response.json({ did: "did:plc:x", handle: "x.example" }));
    };
    const client = new Client({ service: "https://pds.example", fetch });
    const { social, app } = new Root(client);
    expect(await social.example.getCard({ actor: "did:plc:x" })).toEqual({ did: "did:plc:x", handle: "x.example" });
    expect(urls).toEqual(["https://pds.example/xrpc/social.example.getCard?actor=did%3Aplc%3Ax"]);
    expect(social.example.card.nsid).toBe("social.example.card");
    expect(app).toBe(undefined);
  });
});
