import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../../codegen/model.ts";
import { run } from "../../../codegen/run.ts";
import { ValidationError } from "../../../src/core/errors/index.ts";
import type { NamespaceOwner } from "../../../src/core/lexicon/namespace.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import type { TestClient } from "../../support/fakes/test-client.ts";
import { lexicon } from "./generate.ts";
import { makePackage } from "./package.ts";
import { array, json, object, params, query, ref, string } from "./schemas.ts";
import { makeWorkspace, textOf, typeErrors, writeFiles, writeJson } from "./workspace.ts";

const workspace = makeWorkspace();
const root = makePackage(join(workspace, "package"));
const out = join(workspace, "project/generated");

const inherited = {
  constructor: string,
  toString: { type: "integer" },
  valueOf: array(string),
  hasOwnProperty: string,
};
const documents: readonly JsonObject[] = [
  lexicon("com.example.walk", {
    main: { type: "record", key: "tid", record: object({ place: string, ...inherited }, { required: ["place"] }) },
  }),
  lexicon("com.example.watch", {
    main: {
      type: "subscription",
      parameters: params({ did: { type: "string", format: "did" }, cursor: { type: "integer" } }, ["did"]),
      message: { schema: { type: "union", refs: ["#info"] } },
    },
    info: object({ name: string }),
  }),
  lexicon("com.example.sweep", {
    main: { type: "procedure", parameters: params({ room: string, wet: { type: "boolean" } }, ["room"]) },
  }),
  lexicon("com.example.mixed", {
    main: {
      type: "procedure",
      input: json(
        object(
          { inner: ref("com.example.bad#text"), list: array(ref("com.example.bad")), name: string },
          { required: ["name"] },
        ),
      ),
    },
  }),
  lexicon("com.example.bad", { main: object({ a: { type: "spaceship" } }), text: string }),
  lexicon("com.example.read", { main: query({ output: json(object({ a: string })) }) }),
];

interface Own {
  readonly watch: (params?: object) => unknown;
  readonly sweep: (input?: undefined, options?: object) => Promise<unknown>;
  readonly mixed: (input: object) => Promise<unknown>;
}

let Root: new (client: NamespaceOwner) => { readonly com: { readonly example: Own } };

beforeAll(async () => {
  for (const document of documents) writeJson(join(workspace, `lexicons/${String(document.id)}.json`), document);
  await run({ root, from: [join(workspace, "lexicons")], out, runtime: "#runtime" });
  ({ Root } = (await import(join(out, "root.ts"))) as { Root: typeof Root });
});

/** The tree on a client that checks what it sends. */
function hung(): TestClient & { readonly own: Own } {
  const made = testClient([Response.json({ uri: "at://a/b/c", cid: "x" })], {
    validate: {},
    service: "https://pds.example",
    accessToken: "token",
  });
  return { ...made, own: new Root(made.client).com.example };
}

const issuesOf = async (call: Promise<unknown>): Promise<readonly string[]> => {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return [];
  if (!(error instanceof ValidationError)) throw error;
  return error.issues.map(({ path, message }) => `${path} ${message}`);
};

/** Reads two streams; `name` is a property of the records of `com.example.walk`. */
const program = (name: string): string => `import { Client } from "../../../../../src/client/client.ts";
import { Root } from "./generated/root.ts";
const client = new Client();
export const own = new Root(client);
export async function places(): Promise<string[]> {
  const found: string[] = [];
  for await (const event of client.com.atproto.sync.subscribeRepos()) {
    if (event.$type !== "com.atproto.sync.subscribeRepos#commit") continue;
    for (const op of event.ops) {
      if (op.action !== "create") continue;
      if (op.collection === "com.example.walk") found.push(op.record.${name});
      else if (op.collection === "app.bsky.feed.post") found.push(op.record.text);
    }
  }
  for await (const event of client.jetstream.subscribe()) {
    if (event.kind !== "commit" || event.commit.operation !== "create") continue;
    const { commit } = event;
    if (commit.collection === "com.example.walk") found.push(commit.record.place);
    else if (commit.collection === "app.bsky.feed.post") found.push(commit.record.text);
  }
  return found;
}
`;

test("C6 a collection of one's own lexicons is compared and narrows, as the official ones do", async () => {
  const folder = join(workspace, "project");
  writeFiles(folder, [["program.ts", program("place")]]);
  expect(await typeErrors(folder)).toBe("");
  writeFiles(folder, [["program.ts", program("text")]]);
  expect(await typeErrors(folder)).toContain("Property 'text' does not exist on type 'Main'");
  writeFiles(folder, [["program.ts", "export {};\n"]]);
});

describe("K9: required parameters of a subscription", () => {
  test("K9 are required by its method", async () => {
    const text = textOf(join(out, "namespaces/com.example.ts"));
    expect(text).toContain("watch(params: types.ComExampleWatch.Params, options?: StreamOptions)");
    const folder = join(workspace, "project");
    writeFiles(folder, [
      [
        "program.ts",
        `import { Client } from "../../../../../src/client/client.ts";
import { Root } from "./generated/root.ts";
export const stream = new Root(new Client()).com.example.watch();
`,
      ],
    ]);
    expect(await typeErrors(folder)).toContain("error TS2554: Expected 1-2 arguments, but got 0.");
    writeFiles(folder, [["program.ts", "export {};\n"]]);
  });

  test.each([[undefined], [{}], [{ did: undefined }], [{ did: null, cursor: 3 }]])(
    "K9 are checked when it is called: %j",
    (given) => {
      const { own, fetch } = hung();
      expect(() => own.watch(given)).toThrow("com.example.watch: params.did is missing. Nothing was sent.");
      expect(() => own.watch(given)).toThrow(ValidationError);
      expect(fetch.requests).toHaveLength(0);
    },
  );

  test("K9 it is opened when they are there", () => {
    expect(hung().own.watch({ did: "did:plc:z72i7hdynmk6r22z27h6tvur" })).toBeDefined();
  });
});

describe("K12: required parameters of a procedure without input", () => {
  test("K12 are checked", async () => {
    const { own, fetch } = hung();
    expect(await issuesOf(own.sweep())).toEqual(["params.room is missing"]);
    expect(await issuesOf(own.sweep(undefined, { params: { wet: true } }))).toEqual(["params.room is missing"]);
    expect(fetch.requests).toHaveLength(0);
    expect(await issuesOf(own.sweep(undefined, { params: { room: "hall" } }))).toEqual([]);
    expect(String(fetch.requests[0]?.url)).toContain("?room=hall");
  });
});

describe("K12: properties with the names of what every object inherits", () => {
  test.each<readonly [object, readonly string[]]>([
    [{ place: "x" }, []],
    [{ place: "x", constructor: "y", toString: 5, valueOf: ["z"] }, []],
    // Some of it is unusual, and left to `@atproto/lexicon`.
    [{ place: "x", more: { $link: "bafyreifepiu23okq5zuyvyhsoiazv2icw2van3s7ko6d3ixl5jx2yj2yhu" } }, []],
    [{ constructor: "y" }, ["input.record.place is missing"]],
    [{ place: "x", toString: "y" }, ["input.record.toString must be an integer, not a string"]],
  ])("K12 %j", async (value, issues) => {
    const { client } = hung();
    const record = { ...value } as Readonly<Record<string, unknown>>;
    const call = client.com.atproto.repo.createRecord({ repo: "alice.test", collection: "com.example.walk", record });
    expect(await issuesOf(Promise.resolve(call))).toEqual(issues);
  });

  test("K12 compile, given or left out", async () => {
    const folder = join(workspace, "project");
    writeFiles(folder, [
      [
        "program.ts",
        `import { Client } from "../../../../../src/client/client.ts";
import { Root } from "./generated/root.ts";
const { walk } = new Root(new Client()).com.example;
void walk.create({ place: "x" });
void walk.create({ place: "x", constructor: "y", toString: 5, valueOf: ["z"] });
export const read = async (): Promise<string | undefined> => {
  const { value } = await walk.get("3l6oveex3ii2l");
  return typeof value.constructor === "string" ? value.constructor : undefined;
};
`,
      ],
    ]);
    expect(await typeErrors(folder)).toBe("");
    writeFiles(folder, [["program.ts", "export {};\n"]]);
  });
});

test("C5 values are not checked where a lexicon refers to a refused one, and nothing is said of it; the rest is", async () => {
  const { own, lines } = hung();
  expect(await issuesOf(own.mixed({ inner: 5, list: ["x", { a: 1 }], name: "n" }))).toEqual([]);
  expect(await issuesOf(own.mixed({ inner: "text", list: [] }))).toEqual(["input.name is missing"]);
  expect(lines.filter((line) => line.includes("could not be loaded"))).toEqual([]);
});
