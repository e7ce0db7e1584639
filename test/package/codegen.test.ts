import { spawnSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Project, root, run } from "./project.ts";

const { full } = inject("package");
const project = new Project(full, "codegen");
const bin = join(full, "node_modules/.bin/skylex-codegen");
const tsMorph = join(full, "node_modules/ts-morph");

// Stands for installing it: its folder is this checkout's.
beforeAll(() => symlinkSync(join(root, "node_modules/ts-morph"), tsMorph));
afterAll(() => rmSync(tsMorph, { force: true }));

test("codegen makes a client for a project's own lexicons, on the installed package alone", () => {
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
  project.write(
    "lexicons/list.json",
    JSON.stringify({ lexicon: 1, id: "com.example.list", defs: { main: definition } }),
  );
  const args = [bin, "--from", "lexicons", "--out", "generated", "--extension", "js"];
  run(process.execPath, args, project.folder);
  project.write(
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
  expect(project.check(["own.ts"])).toBe("");
  expect(run(process.execPath, [...args, "--check"], project.folder)).toContain("documents");
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
  project.write("lexicons/note.json", JSON.stringify({ lexicon: 1, id: "com.example.note", defs: { main: note } }));
  run(process.execPath, [bin, "--from", "lexicons", "--out", "generated"], project.folder);
  project.write(
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
  expect(project.node("check.ts").split("\n")).toEqual([
    "input.record.text has 301 graphemes, 300 are allowed. Nothing was sent.",
    "sent",
    "sent",
    "input.record.text has 8 graphemes, 5 are allowed; input.record.about.cid is missing. Nothing was sent.",
    "sent",
    "",
  ]);
});

test("codegen says which package it needs when one is missing", () => {
  rmSync(tsMorph);
  const { status, stderr } = spawnSync(process.execPath, [bin, "--from", "lexicons", "--out", "again"], {
    cwd: project.folder,
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toBe("codegen needs the package ts-morph: npm install --save-dev ts-morph\n");
});
