import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Project, root, run } from "./project.ts";

const { full } = inject("package");
const tsMorph = join(full, "node_modules/ts-morph");
const older = new Project(full, "types-5.9");

beforeAll(() => {
  symlinkSync(join(root, "node_modules/ts-morph"), tsMorph);
  older.install("typescript@5.9.3");
});
afterAll(() => rmSync(tsMorph, { force: true }));

const walk = {
  lexicon: 1,
  id: "com.example.walk",
  defs: {
    main: {
      type: "record",
      key: "tid",
      record: { type: "object", required: ["place"], properties: { place: { type: "string" } } },
    },
  },
};
// It declares nothing, and what it refers to declares nothing else.
const ping = { lexicon: 1, id: "com.example.ping", defs: { main: { type: "query" } } };

/** A project with code for lexicons of its own. */
function withGenerated(name: string): Project {
  const project = new Project(full, name);
  for (const document of [walk, ping]) project.write(`lexicons/${document.id}.json`, JSON.stringify(document));
  const args = [join(full, "node_modules/.bin/skylex-codegen"), "--from", "lexicons", "--out", "generated"];
  run(process.execPath, args, project.folder);
  return project;
}

const compilers = [
  ["7", join(root, "node_modules/typescript")],
  ["5.9", older.path("node_modules/typescript")],
] as const;

/** Everything that a program may hand on, without a word about its type. */
const handedOn = `import { Client, type Postable } from "skylex";
import { appBskyFeedGetTimeline } from "skylex/definitions";
import { Root } from "./generated/root.ts";
const client = new Client();
export async function f() { return client.app.bsky.feed.getPosts({ uris: [] }); }
export const timeline = () => client.app.bsky.feed.getTimeline();
export const result = () => client.app.bsky.feed.getTimeline().result();
export const resumed = () => client.app.bsky.feed.getTimeline().resume("x");
export const items = () => client.app.bsky.feed.getTimeline().collect();
export const embed = async () => (await client.app.bsky.feed.getTimeline()).feed[0]?.post.embed;
export const thread = async () => (await client.get("app.bsky.feed.getPostThread", { uri: "x" })).thread;
export const method = client.app.bsky.feed.getTimeline;
export const created = () => client.app.bsky.feed.post.create({ text: "x" });
export const collection = client.app.bsky.feed.post;
export const namespace = client.app.bsky;
export const top = client.app;
export const repos = () => client.com.atproto.sync.subscribeRepos();
export const jetstream = () => client.jetstream.subscribe();
export const labels = () => client.labels.subscribe();
export const batch = () => client.batch((b) => [b.create(client.app.bsky.feed.like, { subject: { uri: "x", cid: "x" } })]);
export const called = () => client.call(appBskyFeedGetTimeline, {});
export const definition = appBskyFeedGetTimeline;
export const post = (content: Postable) => client.createPost(content);
export const posts = () => client.getPosts(["x"]);
export const one = () => client.getPost("x");
export const video = () => client.uploadVideo("x");
export const view = () => client.with({});
export const { get, post: send, call, subscribe, on, lists, log, budget, profiles, cursors, records, session, sessions, database } = client;
export const own = new Root(client).com.example;
export const read = async () => (await own.walk.get("x")).value;
export const pinged = () => own.ping();
`;

describe("K7: types of what a project hands on can be named", () => {
  test.each(
    compilers.flatMap(([version, compiler]) =>
      [
        { module: "nodenext", moduleResolution: "nodenext" },
        { module: "preserve", moduleResolution: "bundler" },
      ].map((options) => ({ version, compiler, options })),
    ),
  )("K7 in declarations that TypeScript $version writes, with $options.module", ({ version, compiler, options }) => {
    const project = withGenerated(`declared-${version}-${options.module}`);
    project.write("handed-on.ts", handedOn);
    const emit = {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      outDir: "out",
      allowImportingTsExtensions: true,
    };
    expect(project.check(["handed-on.ts"], { ...options, ...emit }, compiler)).toBe("");
    const declared = readFileSync(project.path("out/handed-on.d.ts"), "utf8");
    expect(declared).toContain('f(): Promise<import("skylex/types/app/bsky/feed/getPosts").Output>;');
    expect(declared).not.toContain("node_modules");
    expect(declared).not.toContain("/dist/");
    // And they are those of the package for whoever reads the declarations.
    project.write(
      "reads.ts",
      'import type { f, collection } from "./out/handed-on.d.ts";\nimport type { AppBskyFeedGetPosts } from "skylex";\nexport const same = (x: Awaited<ReturnType<typeof f>>): AppBskyFeedGetPosts.Output => x;\nexport const nsid = (x: typeof collection): string => x.nsid;\n// @ts-expect-error it is typed\nexport const wrong = (x: Awaited<ReturnType<typeof f>>): number => x;\n',
    );
    expect(project.check(["reads.ts"], { ...options, allowImportingTsExtensions: true }, compiler)).toBe("");
  });
});

describe("C7: the tsconfig of the README", () => {
  const [, tsconfig = ""] =
    /this `tsconfig\.json`[^]*?```json\n([^]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];

  test.each(compilers)(
    "C7 takes a second file and generated code, under TypeScript %s, and Node runs it",
    (version, compiler) => {
      const project = withGenerated(`readme-${version}`);
      project.write("tsconfig.json", tsconfig);
      project.write("place.ts", 'export const place = (): string => "By the river";\n');
      project.write(
        "main.ts",
        `import { Client } from "skylex";
import { Root } from "./generated/root.ts";
import { place } from "./place.ts";
const client = new Client({ storage: ":memory:", logLevel: "silent" });
console.log(new Root(client).com.example.walk.nsid, place());
await client.close();
`,
      );
      const types = ["--typeRoots", join(root, "node_modules/@types")];
      expect(run(process.execPath, [join(compiler, "bin/tsc"), "-p", ".", ...types], project.folder)).toBe("");
      expect(project.node("main.ts")).toBe("com.example.walk By the river\n");
    },
  );
});

describe("C6 K6: generated code beside the package", () => {
  const program = `import { Client } from "skylex";
import { Root } from "./generated/root.ts";
export const own = new Root(new Client());
export async function places(client: Client): Promise<string[]> {
  const found: string[] = [];
  for await (const event of client.jetstream.subscribe()) {
    if (event.kind !== "commit" || event.commit.operation !== "create") continue;
    const { commit } = event;
    if (commit.collection === "com.example.walk") found.push(commit.record.place);
    if (commit.collection === "app.bsky.feed.post") found.push(commit.record.text);
  }
  for await (const event of client.com.atproto.sync.subscribeRepos()) {
    if (event.$type !== "com.atproto.sync.subscribeRepos#commit") continue;
    for (const op of event.ops) if (op.action === "create" && op.collection === "com.example.walk") found.push(op.record.place);
  }
  return found;
}
`;
  test.each(
    compilers.flatMap(([version, compiler]) =>
      (
        [
          ["nodenext", "nodenext"],
          ["esnext", "bundler"],
          ["preserve", "bundler"],
        ] as const
      ).map(([module, moduleResolution]) => ({ version, compiler, module, moduleResolution })),
    ),
  )(
    "C6 K6 compiles, and streams know its records: TypeScript $version, $module",
    ({ version, compiler, module, moduleResolution }) => {
      const project = withGenerated(`streams-${version}-${module}`);
      project.write("main.ts", program);
      const options = { module, moduleResolution, allowImportingTsExtensions: true };
      expect(project.check(["main.ts"], options, compiler)).toBe("");
    },
  );
});
