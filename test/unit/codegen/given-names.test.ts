import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../../../codegen/run.ts";
import { lexicon } from "./generate.ts";
import { makePackage } from "./package.ts";
import { compile, generated, json, object, params, query, ref, string } from "./schemas.ts";
import { makeWorkspace, textOf, typeErrors, writeFiles, writeJson } from "./workspace.ts";
import type { JsonObject } from "../../../codegen/model.ts";

const workspace = makeWorkspace();
const root = makePackage(join(workspace, "package"));

describe("C4: names that meet", () => {
  const part = object({ text: string });
  test.each<readonly [string, JsonObject, readonly string[]]>([
    [
      "#message beside a subscription",
      { main: { type: "subscription", message: { schema: { type: "union", refs: ["#message"] } } }, message: part },
      ["export type Message = $Message_2 | $.UnknownMember;", "export interface Message_2 {"],
    ],
    [
      "#input beside a record",
      { main: { type: "record", key: "tid", record: object({ a: ref("#input") }) }, input: part },
      ["export interface Input {", "a?: Input_2 | undefined;", "export interface Input_2 {"],
    ],
    [
      "#output and #params beside a query",
      {
        main: query({ parameters: params({ a: string }), output: json(object({ a: ref("#output") })) }),
        output: part,
        params: part,
      },
      [
        "export interface Params {",
        "a?: Output_2 | undefined;",
        "export interface Output_2 {",
        "export interface Params_2 {",
      ],
    ],
    [
      "#output that is the output",
      { main: query({ output: json(ref("#output")) }), output: part },
      ["export interface Output {"],
    ],
    [
      "#errorName beside errors",
      { main: query({ errors: [{ name: "A" }] }), errorName: string },
      ["export type ErrorName_2 = string;"],
    ],
    [
      "a definition named 9",
      { 9: part, user: object({ a: ref("#9") }) },
      ["export interface _9 {", "a?: _9 | undefined;"],
    ],
    ["definitions without a letter", { "-": part, "?": part }, ["export interface _ {", "export interface __2 {"]],
    ["definitions that differ by case and marks", { "a-b": part, aB: part, AB: part }, ["AB {", "AB_2 {", "AB_3 {"]],
    [
      "bytes as a member of a subscription's union",
      {
        main: { type: "subscription", message: { schema: { type: "union", refs: ["#bytes", "#part"] } } },
        bytes: { type: "bytes" },
        part,
      },
      ["export type Message = $Part | $.UnknownMember;"],
    ],
  ])("C4 %s", async (name, defs, lines) => {
    const user = lexicon("com.example.user", {
      main: object(
        Object.fromEntries(
          Object.keys(defs)
            .filter((one) => one !== "main")
            .map((one, at) => [`p${at}`, ref(`com.example.it#${one}`)]),
        ),
      ),
    });
    const { files, refusals } = await generated(lexicon("com.example.it", defs), user);
    expect(refusals).toEqual([]);
    for (const line of lines) expect(files.get("types/com/example/it.ts")).toContain(line);
    expect(await compile(join(workspace, `c4-${name.replaceAll(/\W/g, "-")}`), files)).toBe("");
  });

  test("C4 names do not depend on which definitions of a document are wanted", async () => {
    const folder = join(workspace, "wanted");
    writeJson(join(folder, "own/a.json"), lexicon("com.example.a", { main: object({ x: ref("org.other.b#aB") }) }));
    const other = lexicon("org.other.b", {
      main: query({ output: json(object({})) }),
      AB: part,
      aB: part,
      output: part,
    });
    writeJson(join(folder, "other/b.json"), other);
    const from = [join(folder, "own"), join(folder, "other")];
    await run({ root, from, only: ["com.example.a"], out: join(folder, "few") });
    await run({ root, from, out: join(folder, "all") });
    const [few, all] = ["few", "all"].map((name) => textOf(join(folder, name, "types/com/example/a.ts")));
    expect(few).toContain("OrgOtherB.AB_2");
    expect(few).toBe(all);
    expect(textOf(join(folder, "few/types/org/other/b.ts"))).toContain("export interface AB_2 {");
  });
});

test("K6 every generated file is a module, also of documents and folders that declare nothing", async () => {
  const { files } = await generated(lexicon("com.example.ping", { main: query({}) }), lexicon("com.example.empty", {}));
  for (const [file, text] of [...files, ...(await generated()).files]) {
    expect([file, /^(?:export|import) /m.test(text)]).toEqual([file, true]);
  }
  for (const module of ["esnext", "preserve"]) {
    const folder = join(workspace, `k6-${module}`);
    writeFiles(folder, files);
    expect(
      await typeErrors(folder, {
        module,
        moduleResolution: "bundler",
        rewriteRelativeImportExtensions: false,
        allowImportingTsExtensions: true,
      }),
    ).toBe("");
  }
});

test("K12 an authority whose second label is d makes no file that compilers take for declarations", async () => {
  const { files } = await generated(lexicon("com.d.ping", { main: query({ output: json(object({ a: string })) }) }));
  expect([...files.keys()].filter((file) => file.endsWith(".d.ts"))).toEqual([]);
  expect(files.get("documents.ts")).toContain('"com.d": () => import("./documents/com.d_.ts")');
  const program = `import { Client } from "../../../../../src/client/client.ts";
import { Root } from "./root.ts";
export const read = async (): Promise<string | undefined> => (await new Root(new Client()).com.d.ping()).a;`;
  expect(await compile(join(workspace, "k12-d"), files, program)).toBe("");
});
