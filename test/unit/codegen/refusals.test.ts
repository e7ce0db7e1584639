import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../../../codegen/run.ts";
import { lexicon } from "./generate.ts";
import { makePackage } from "./package.ts";
import { array, compile, generated, json, object, params, query, ref, string } from "./schemas.ts";
import { makeSkeleton } from "./skeleton.ts";
import { makeWorkspace, textOf, writeFiles, writeJson } from "./workspace.ts";
import type { JsonObject } from "../../../codegen/model.ts";

const workspace = makeWorkspace();
const root = makePackage(join(workspace, "package"));

describe("C5: documents that are refused", () => {
  const bad = lexicon("com.example.bad", { main: object({ a: { type: "spaceship" } }), other: string });
  const uses = lexicon("com.example.uses", {
    main: query({
      output: json(
        object(
          {
            one: ref("com.example.bad"),
            text: ref("com.example.bad#other"),
            list: array(ref("com.example.bad")),
            either: { type: "union", refs: ["com.example.bad", "#fine"] },
            closed: { type: "union", refs: ["com.example.bad", "#fine"], closed: true },
          },
          { required: ["one"] },
        ),
      ),
    }),
    fine: object({ name: string }),
  });

  test("C5 what refers to a refused document is generated, with that part as unknown", async () => {
    const { files, refusals, notes } = await generated(bad, uses);
    expect(refusals.map(({ nsid, pointer }) => [nsid, pointer])).toEqual([
      ["com.example.bad", "/defs/main/properties/a/type"],
    ]);
    expect(notes.map(({ kind, pointer, message }) => [kind, pointer, message])).toEqual(
      ["one/ref", "text/ref", "list/items/ref", "either/refs/0", "closed/refs/0"].map((place) => [
        "gap",
        `/defs/main/output/schema/properties/${place}`,
        "refers to com.example.bad, which was refused",
      ]),
    );
    const types = files.get("types/com/example/uses.ts");
    for (const line of ["one: unknown;", "text?: unknown;", "list?: unknown[] | undefined;"]) {
      expect(types).toContain(line);
    }
    expect(types).toContain("closed?: $Fine | $.UnknownMember | undefined;");
    expect(files.has("types/com/example/bad.ts")).toBe(false);
    // Nothing is looked for in vain when values are checked.
    expect(files.get("documents/com.example.ts")).not.toContain("com.example.bad");
    expect(await compile(join(workspace, "c5"), files)).toBe("");
  });

  test("C5 a document that is found wrong only when another one is refused is the only one that goes", async () => {
    const first = lexicon("com.example.a", { main: query({ output: json(ref("com.example.b#view")) }) });
    const second = lexicon("com.example.b", { view: object({ c: ref("com.example.c") }), d: ref("com.example.c") });
    const { files, refusals } = await generated(first, second, lexicon("com.example.c", { main: query({}) }));
    // A definition cannot be a reference, and a query is no value: both are faults of the second document alone.
    expect(refusals.map(({ nsid }) => nsid)).toEqual(["com.example.b"]);
    expect([...files.keys()].filter((file) => file.startsWith("types/"))).toEqual([
      "types/com/example/a.ts",
      "types/com/example/c.ts",
    ]);
  });

  test("C5 a fault that is met by way of another document is that other one's", async () => {
    const list = query({ parameters: params({ cursor: string }), output: json(ref("com.example.z#page")) });
    const page = object({
      cursor: string,
      items: array({ type: "string", format: "did", knownValues: 5 }),
    });
    const { files, refusals } = await generated(
      lexicon("com.example.list", { main: list }),
      lexicon("com.example.z", { page }),
    );
    expect(refusals.map(({ nsid }) => nsid)).toEqual(["com.example.z"]);
    expect(files.get("types/com/example/list.ts")).toContain("export type Output = unknown;");
  });

  test("C5 files that are no documents, names that meet, and names used twice are refused one by one", async () => {
    const folder = join(workspace, "mixed");
    mkdirSync(folder);
    writeFiles(folder, [["broken.json", "{"]]);
    writeFiles(folder, [["list.json", "[]"]]);
    writeJson(join(folder, "a.json"), lexicon("com.example.twice", { main: query({}) }));
    writeJson(join(folder, "b.json"), lexicon("com.example.twice", { main: object({}) }));
    writeJson(join(folder, "get.json"), lexicon("get.example.it", { main: query({}) }));
    writeJson(join(folder, "one.json"), lexicon("com.example.one", { main: query({}) }));
    writeJson(join(folder, "ONE.json"), lexicon("com.example.oNe", { main: query({}) }));
    const out = join(workspace, "mixed-out");
    const { refusals, documents } = await run({ root, from: [folder], out });
    expect(refusals.map(({ message }) => message.replace(/^.*\//, ""))).toEqual([
      expect.stringContaining("broken.json: is not JSON"),
      "list.json: must be an object",
      expect.stringMatching(/b\.json with different content$/),
      expect.stringMatching(/^id: gets the same identifier as|^com\.example\.one at .id|one\.ts/),
      'id: the first segment "get" is a member of the client',
    ]);
    expect(documents).toBe(1);
  });

  test("C5 the command lists every refusal with NSID, pointer and reason, says how many, and ends with 1", async () => {
    const skeleton = makeSkeleton(join(workspace, "skeleton"));
    writeJson(skeleton.path("own/bad.json"), bad);
    writeJson(skeleton.path("own/worse.json"), lexicon("com.example.worse", { main: query({ errors: 5 }) }));
    writeJson(skeleton.path("own/uses.json"), uses);
    const args = ["--from", "own", "--out", "out"];
    const { code, stdout, stderr } = await skeleton.codegen(...args);
    expect(code).toBe(1);
    expect(stderr).toContain("Refused (2): ");
    expect(stderr).toMatch(/^ {2}com\.example\.bad at \/defs\/main\/properties\/a\/type: ./m);
    expect(stderr).toMatch(/^ {2}com\.example\.worse at \/defs\/main\/errors: ./m);
    expect(stderr).toMatch(
      /^ {2}com\.example\.uses at \/defs\/main\/output\/schema\/properties\/one\/ref: refers to com\.example\.bad/m,
    );
    expect(stdout).toContain("1 document (2 more refused), ");
    expect(textOf(skeleton.path("out/types/com/example/uses.ts"))).toContain("one: unknown;");
    expect((await skeleton.codegen(...args)).code).toBe(1);
    expect((await skeleton.codegen(...args, "--check")).code).toBe(1);
    writeJson(skeleton.path("own/bad.json"), lexicon("com.example.bad", { main: object({}), other: string }));
    writeJson(skeleton.path("own/worse.json"), lexicon("com.example.worse", { main: query({}) }));
    expect(await skeleton.codegen(...args)).toMatchObject({ code: 0, stderr: "" });
    expect(textOf(skeleton.path("out/types/com/example/uses.ts"))).toContain("one: ComExampleBad.Main;");
    expect(await skeleton.codegen(...args, "--check")).toMatchObject({ code: 0, stderr: "" });
  });

  test("C5 what is unknown is told again by a run that makes nothing anew", async () => {
    const folder = join(workspace, "again");
    writeJson(join(folder, "uses.json"), uses);
    const options = { root, from: [folder], out: join(workspace, "again-out"), memory: join(workspace, "again.json") };
    const first = await run(options);
    const second = await run(options);
    expect([first.made > 0, second.made]).toEqual([true, 0]);
    expect(first.notes).toHaveLength(5);
    expect(second.notes).toEqual(first.notes);
    expect(first.notes[0]?.message).toContain("com.example.bad, which is not among the documents");
  });
});

describe("C1: keywords that are not known", () => {
  test.each<readonly [string, string, JsonObject]>([
    [
      "subprotocol",
      "/defs/main/subprotocol",
      { main: { type: "subscription", subprotocol: "x", message: { schema: { type: "union", refs: [] } } } },
    ],
    [
      "title:langs",
      "/defs/main/title:langs",
      { main: { type: "permission-set", "title:langs": { de: "x" }, title: "x", permissions: [] } },
    ],
    [
      "default on a ref",
      "/defs/main/properties/a/default",
      { main: object({ a: { ...ref("#b"), default: 1 } }), b: string },
    ],
    [
      "knownValues on an integer",
      "/defs/main/properties/a/knownValues",
      { main: object({ a: { type: "integer", knownValues: [1] } }) },
    ],
    [
      "maxGraphemes on an array",
      "/defs/main/properties/a/maxGraphemes",
      { main: object({ a: { ...array(string), maxGraphemes: 3 } }) },
    ],
    ["minItems", "/defs/main/properties/a/minItems", { main: object({ a: { ...array(string), minItems: 3 } }) }],
    ["pattern", "/defs/main/pattern", { main: { type: "string", pattern: "x" } }],
    [
      "a keyword of a body",
      "/defs/main/output/status",
      { main: query({ output: { ...json(object({})), status: 1 } }) },
    ],
    ["a keyword of an error", "/defs/main/errors/0/status", { main: query({ errors: [{ name: "A", status: 1 }] }) }],
  ])("C1 %s is ignored with a notice", async (_, pointer, defs) => {
    const { refusals, notes, files } = await generated(lexicon("com.example.x", defs));
    expect(refusals).toEqual([]);
    expect(notes.map((note) => [note.kind, note.nsid, note.pointer])).toEqual([["notice", "com.example.x", pointer]]);
    expect(files.get("types/com/example/x.ts")).not.toMatch(/@(?:maxGraphemes|minItems|default|pattern|status)/);
  });

  test("C1 a keyword of the document, and none that a vendor marks as its own", async () => {
    const document = { ...lexicon("com.example.x", { main: object({}, { $vendor: 1 }) }), version: 3, $vendor: 1 };
    expect((await generated(document)).notes.map(({ pointer }) => pointer)).toEqual(["/version"]);
  });

  test("C1 the command says so once, and ends with 0", async () => {
    const skeleton = makeSkeleton(join(workspace, "notices"));
    const record = { type: "record", key: "tid", record: object({ a: { type: "string", pattern: "x" } }) };
    writeJson(skeleton.path("own/x.json"), lexicon("com.example.x", { main: record }));
    const { code, stderr } = await skeleton.codegen("--from", "own", "--out", "out");
    expect(code).toBe(0);
    expect(stderr.split("\n").slice(1)).toEqual([
      "  com.example.x at /defs/main/record/properties/a/pattern: is no keyword of the language here, and was ignored",
      "",
    ]);
  });
});
