import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "skylex-package-"));
const typescript = join(root, "node_modules/typescript/bin/tsc");
let files: string[];

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

beforeAll(() => {
  // npm prints what prepack prints before its own JSON.
  const output = run("npm", ["pack", "--json", "--pack-destination", folder], root);
  const packed = JSON.parse(output.slice(output.lastIndexOf("\n[\n") + 1)) as [
    { filename: string; files: { path: string }[] },
  ];
  files = packed[0].files.map(({ path }) => path);
  write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", packed[0].filename], folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the tarball", () => {
  test("holds what users need and nothing else", () => {
    const expected =
      /^(?:package\.json|README\.md|LICENSE|dist\/.*\.(?:js|js\.map|d\.ts)|lexicons\/(?:README\.md|manifest\.json)|lexicons\/official\/.*\.json)$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    for (const file of ["dist/src/index.js", "dist/src/index.d.ts", "dist/codegen/cli.js", "lexicons/manifest.json"]) {
      expect(files).toContain(file);
    }
    expect(files.filter((file) => file.startsWith("dist/generated/types/") && file.endsWith(".js"))).toEqual([]);
    expect(files.filter((file) => file.startsWith("lexicons/official/")).length).toBeGreaterThan(380);
  });

  test("names no folder of the machine it was packed on", () => {
    const text = files.map((file) => readFileSync(join(folder, "node_modules/skylex", file), "utf8")).join("\n");
    expect(text).not.toContain(root);
  });

  test("publint and attw find nothing", () => {
    const output = run("npm", ["run", "-s", "check:package"], root);
    expect(output).toContain("All good!");
  });
});

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
    write("main.mjs", consumer.replaceAll(/^import type .*$/gm, "").replace(/: AppBskyFeedPost.*? = /, " = "));
    expect(run(process.execPath, ["main.mjs"], folder)).toBe(
      "narrowed at://x\napp.bsky.feed.defs#blockedPost app.bsky.feed.post function XrpcError query\n",
    );
  });

  test("its root loads at most 60 modules, all its own", () => {
    const entry = pathToFileURL(join(folder, "node_modules/skylex/dist/src/index.js")).href;
    const output = run(process.execPath, [join(root, "bench/imports/loaded-modules.mjs"), entry], folder);
    const { files: loaded } = JSON.parse(output) as { files: string[] };
    expect(loaded.length).toBeGreaterThan(20);
    expect(loaded.length).toBeLessThanOrEqual(60);
    expect(loaded.filter((file) => !file.includes("/node_modules/skylex/dist/"))).toEqual([]);
  });

  test.each([
    ["nodenext", "nodenext"],
    ["preserve", "bundler"],
  ])("it type-checks with module %s and resolution %s", (module, moduleResolution) => {
    write("main.ts", consumer);
    const compilerOptions = { module, moduleResolution, target: "es2024", strict: true, noEmit: true, types: ["node"] };
    const typeRoots = [join(root, "node_modules/@types")];
    write("tsconfig.json", JSON.stringify({ compilerOptions: { ...compilerOptions, typeRoots }, files: ["main.ts"] }));
    expect(run(process.execPath, [typescript, "-p", "."], folder)).toBe("");
  });

  test("codegen makes a client for a project's own lexicons, on the installed package alone", () => {
    for (const peer of ["ts-morph", "@atproto/lexicon"]) linkPackage(peer);
    const definition = {
      type: "query",
      parameters: { type: "params", properties: { limit: { type: "integer" }, cursor: { type: "string" } } },
      output: {
        encoding: "application/json",
        schema: {
          type: "object",
          required: ["posts"],
          properties: {
            cursor: { type: "string" },
            posts: { type: "array", items: { type: "ref", ref: "app.bsky.feed.defs#postView" } },
          },
        },
      },
    };
    write("lexicons/list.json", JSON.stringify({ lexicon: 1, id: "com.example.list", defs: { main: definition } }));
    const bin = join(folder, "node_modules/.bin/skylex-codegen");
    const args = [bin, "--from", "lexicons", "--out", "generated", "--extension", "js"];
    run(process.execPath, args, folder);
    write(
      "own.ts",
      `import { Client } from "skylex";
import { Root } from "./generated/root.js";
const own = new Root(new Client());
export async function likes(): Promise<number> {
  let sum = 0;
  for await (const { likeCount } of own.com.example.list({ limit: 3 })) sum += likeCount ?? 0;
  return sum;
}
`,
    );
    const compilerOptions = {
      module: "nodenext",
      target: "es2024",
      strict: true,
      noEmit: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    };
    write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["own.ts"] }));
    expect(run(process.execPath, [typescript, "-p", "."], folder)).toBe("");
    expect(run(process.execPath, [...args, "--check"], folder)).toContain("documents");
  });

  test("what is sent is checked, by the official lexicons and by the project's own", () => {
    const note = {
      type: "record",
      key: "tid",
      record: {
        type: "object",
        required: ["text"],
        properties: {
          text: { type: "string", maxGraphemes: 5 },
          about: { type: "ref", ref: "com.atproto.repo.strongRef" },
        },
      },
    };
    write("lexicons/note.json", JSON.stringify({ lexicon: 1, id: "com.example.note", defs: { main: note } }));
    const bin = join(folder, "node_modules/.bin/skylex-codegen");
    run(process.execPath, [bin, "--from", "lexicons", "--out", "generated"], folder);
    write(
      "check.ts",
      `import { Client } from "skylex";
import { Root } from "./generated/root.ts";
const client = new Client({ accessToken: "x", service: "http://pds.example", storage: ":memory:", logLevel: "silent", fetch: async () => Response.json({}) });
const tell = async (collection: string, record: object) => {
  const result = await client.com.atproto.repo.createRecord({ repo: "a.test", collection, record: { ...record } }).result();
  console.log(result.ok ? "sent" : result.error.message.replace("com.atproto.repo.createRecord: ", ""));
};
await tell("app.bsky.feed.post", { text: "x".repeat(301), createdAt: new Date() });
await tell("app.bsky.feed.post", { text: "hello", createdAt: new Date() });
await tell("com.example.note", { text: "too long" });
new Root(client);
await tell("com.example.note", { text: "too long", about: { uri: "at://a.test" } });
await tell("com.example.note", { text: "fine" });
await client.close();
`,
    );
    expect(run(process.execPath, ["check.ts"], folder).split("\n")).toEqual([
      "input.record.text has 301 graphemes, 300 are allowed. Nothing was sent.",
      "sent",
      "sent",
      "input.record.text has 8 graphemes, 5 are allowed; input.record.about.cid is missing. Nothing was sent.",
      "sent",
      "",
    ]);
  });

  test("codegen says which package it needs when one is missing", () => {
    rmSync(join(folder, "node_modules/ts-morph"), { recursive: true, force: true });
    const bin = join(folder, "node_modules/.bin/skylex-codegen");
    const { status, stderr } = spawnSync(process.execPath, [bin, "--from", "lexicons", "--out", "again"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toBe("codegen needs the package ts-morph: npm install --save-dev ts-morph\n");
  });
});

/** Stands for installing a package: its folder is this checkout's. */
function linkPackage(name: string): void {
  const target = join(folder, "node_modules", name);
  mkdirSync(dirname(target), { recursive: true });
  rmSync(target, { recursive: true, force: true });
  spawnSync("ln", ["-s", join(root, "node_modules", name), target]);
}
