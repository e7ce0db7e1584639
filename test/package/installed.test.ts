import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, inject, test } from "vitest";
import { createDatabase, openPostgres } from "../support/servers/postgres.ts";
import { Project, root, run } from "./project.ts";

const { full } = inject("package");
const project = new Project(full, "installed");

const consumer = `
import { Client, XrpcError, isDeclaredError } from "skylex";
import type { AppBskyFeedDefs, AppBskyFeedPost } from "skylex";
import { appBskyFeedGetPostThread } from "skylex/definitions";
import { query } from "skylex/runtime";

const client = new Client({ fetch: async () => Response.json({ thread: { $type: "app.bsky.feed.defs#blockedPost", uri: "at://x" } }) });
const { thread } = await client.app.bsky.feed.getPostThread({ uri: "at://x" });
if (thread.$type === "app.bsky.feed.defs#blockedPost") console.log("narrowed", thread.uri);
const same = await client.call(appBskyFeedGetPostThread, { uri: "at://x" });
const post: AppBskyFeedPost.Main | AppBskyFeedDefs.BlockedPost = { $type: "app.bsky.feed.post", text: "", createdAt: "" };
console.log(same.thread.$type, post.$type, typeof isDeclaredError, XrpcError.name, query("com.example.find").kind);
// @ts-expect-error misspelt parameter
if (Date.now() < 0) await client.app.bsky.feed.getPostThread({ url: "at://x" });
`;

describe("installed in an empty folder", () => {
  test("every entry point is imported and works", () => {
    project.write("main.mjs", consumer.replaceAll(/^import type .*$/gm, "").replace(/: AppBskyFeedPost.*? = /, " = "));
    expect(project.node("main.mjs")).toBe(
      "narrowed at://x\napp.bsky.feed.defs#blockedPost app.bsky.feed.post function XrpcError query\n",
    );
  });

  test("its root loads at most 10 modules, all its own", () => {
    const entry = pathToFileURL(join(full, "node_modules/skylex/dist/src/index.js")).href;
    const { files } = JSON.parse(project.node(join(root, "bench/imports/loaded-modules.mjs"), entry)) as {
      files: string[];
    };
    expect(files.length).toBeGreaterThan(2);
    expect(files.length).toBeLessThanOrEqual(10);
    expect(files.filter((file) => !file.includes("/node_modules/skylex/dist/"))).toEqual([]);
  });

  test("its root and its definitions load where Node's own modules are not to be had", () => {
    project.write(
      "bare.mjs",
      `delete process.getBuiltinModule;
for (const entry of ["skylex", "skylex/definitions", "skylex/runtime"]) console.log(Object.keys(await import(entry)).length > 3);`,
    );
    expect(project.node("bare.mjs")).toBe("true\ntrue\ntrue\n");
  });

  const settings = [
    { module: "nodenext", moduleResolution: "nodenext", skipLibCheck: false },
    { module: "preserve", moduleResolution: "bundler", skipLibCheck: false },
  ];

  test("it type-checks under TypeScript 7, all its declarations too", () => {
    project.write("main.ts", consumer);
    for (const options of settings) expect(project.check(["main.ts"], options)).toBe("");
  });

  test("it type-checks under TypeScript 5.9", () => {
    const older = new Project(full, "typescript-5.9");
    older.install("typescript@5.9.3");
    older.write("main.ts", consumer);
    const compiler = older.path("node_modules/typescript");
    for (const options of settings) {
      expect(older.check(["main.ts"], { ...options, skipLibCheck: true }, compiler)).toBe("");
    }
  });

  test("the row of a call is written when the process ends before its database is open", () => {
    project.write(
      "ends.mjs",
      `import { Client } from "skylex";
const client = new Client({ storage: "ends.db", service: "http://localhost:1", logLevel: "silent", fetch: async () => Response.json({}) });
await client.get("app.bsky.actor.getProfile", { actor: "a.test" });
process.exit();`,
    );
    project.node("ends.mjs");
    expect(
      project.program(`import { Client } from "skylex";
const client = new Client({ storage: "ends.db" });
console.log(JSON.stringify((await client.log.query()).map(({ endpoint }) => endpoint)));
await client.close();`),
    ).toEqual(["xrpc/app.bsky.actor.getProfile"]);
  });

  test("errors point into the sources", () => {
    project.write(
      "stack.mjs",
      `import { Client } from "skylex";
try { new Client({ service: "nonsense" }); } catch (error) { console.log(error.stack); }`,
    );
    expect(project.node("--enable-source-maps", "stack.mjs")).toMatch(/\/src\/(?:[a-z-]+\/)*[a-z-]+\.ts:\d+:\d+/);
  });
});

/** The oldest that is promised, and the newest. `workflow.test.ts` runs on the one between. */
const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { engines: { node: string } };
describe.each([engines.node.slice(2), "26"])("on Node %s", (version) => {
  const name = `node-${process.platform}-${process.arch}`;

  test("logs in, calls, posts and finds the rows in SQLite; the command says what it does", () => {
    const other = new Project(full, `node-${version}`);
    other.install(`${name}@${version}`);
    const node = other.path(`node_modules/${name}/bin/node`);
    const { node: running, ...told } = JSON.parse(run(node, ["smoke.mjs"], other.folder)) as { node: string };
    expect(`${running}.`.startsWith(`${version}.`)).toBe(true);
    expect(told).toEqual(smoke);
    const command = join(full, "node_modules/skylex/dist/src/cli/main.js");
    expect(run(node, [command, "--help"], other.folder)).toContain("Usage: skylex");
    // The documents come with the package.
    const lexicon = run(node, [command, "lexicon", "show", "app.bsky.feed.getTimeline"], other.folder);
    expect(lexicon).toMatch(/^ {2}limit +integer, at least 1/m);
    const migrated = run(node, [command, "migrate", "--database", "cli.db"], other.folder);
    expect(migrated).toMatch(/cli\.db is up to date\.\n$/);
  });
});

test("on PostgreSQL the same", async () => {
  const server = await openPostgres();
  try {
    const { url } = await createDatabase(server.url);
    const { node: _, ...told } = JSON.parse(project.node("smoke.mjs", url)) as { node: string };
    expect(told).toEqual(smoke);
  } finally {
    await server.stop();
  }
});

const smoke = {
  displayName: "Alice",
  uri: "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3kvyvhmkfxs2c",
  requests: [
    "com.atproto.server.createSession",
    "com.atproto.identity.resolveHandle",
    "app.bsky.actor.getProfile",
    "com.atproto.repo.createRecord",
  ],
  logged: [
    "xrpc/app.bsky.actor.getProfile 200",
    "xrpc/com.atproto.identity.resolveHandle 200",
    "xrpc/com.atproto.repo.createRecord 200",
    "xrpc/com.atproto.server.createSession 200",
  ],
};
