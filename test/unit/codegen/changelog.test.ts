import { describe, expect, it } from "vitest";
import type { Change, Hint } from "../../../codegen/change.ts";
import { compareVersions, semverHint } from "../../../codegen/changelog.ts";
import { manifestOf } from "../../../codegen/manifest.ts";
import type { JsonObject } from "../../../codegen/model.ts";
import { formatChanges } from "../../../codegen/report.ts";
import { compare, json, line, main, nsid, object, pinned, string } from "./changes.ts";
import { documentOf, lexicon } from "./generate.ts";

const params = (properties: JsonObject, required: readonly string[] = []): JsonObject => ({
  parameters: { type: "params", properties, required },
});
const query = (more: JsonObject = {}): JsonObject => ({ type: "query", ...more });
const procedure = (more: JsonObject = {}): JsonObject => ({ type: "procedure", ...more });
const bytes = (encoding: string): JsonObject => ({ encoding });

describe("endpoints", () => {
  it.each<readonly [string, JsonObject, JsonObject, string]>([
    ["query becomes procedure", query(), procedure(), "changed /defs/main breaking"],
    [
      "record with another key",
      { type: "record", key: "tid", record: object({}) },
      { type: "record", key: "any", record: object({}) },
      "changed /defs/main/key breaking",
    ],
    ["optional parameters appear", query(), query(params({ p: string() })), "added /defs/main/parameters compatible"],
    [
      "required parameters appear",
      query(),
      query(params({ p: string() }, ["p"])),
      "added /defs/main/parameters breaking",
    ],
    ["parameters go", query(params({ p: string() })), query(), "removed /defs/main/parameters breaking"],
    ["an empty list of parameters goes", query(params({})), query(), "removed /defs/main/parameters compatible"],
    [
      "a parameter appears",
      query(params({})),
      query(params({ p: string() })),
      "added /defs/main/parameters/properties/p compatible",
    ],
    [
      "a parameter becomes required",
      query(params({ p: string() })),
      query(params({ p: string() }, ["p"])),
      "changed /defs/main/parameters/properties/p breaking",
    ],
    [
      "optional input appears",
      procedure(),
      procedure({ input: json(object({ p: string() })) }),
      "added /defs/main/input compatible",
    ],
    [
      "required input appears",
      procedure(),
      procedure({ input: json(object({ p: string() }, { required: ["p"] })) }),
      "added /defs/main/input breaking",
    ],
    [
      "bytes must be sent now",
      procedure(),
      procedure({ input: bytes("video/mp4") }),
      "added /defs/main/input breaking",
    ],
    ["input goes", procedure({ input: json(object({})) }), procedure(), "removed /defs/main/input breaking"],
    ["output appears", query(), query({ output: json(object({})) }), "added /defs/main/output compatible"],
    ["output goes", query({ output: json(object({})) }), query(), "removed /defs/main/output breaking"],
    [
      "a wider encoding is taken",
      procedure({ input: bytes("video/mp4") }),
      procedure({ input: bytes("*/*") }),
      "changed /defs/main/input/encoding compatible",
    ],
    [
      "a narrower encoding is taken",
      procedure({ input: bytes("*/*") }),
      procedure({ input: bytes("video/mp4") }),
      "changed /defs/main/input/encoding breaking",
    ],
    [
      "any encoding is given",
      query({ output: bytes("video/mp4") }),
      query({ output: bytes("*/*") }),
      "changed /defs/main/output/encoding breaking",
    ],
    [
      "the answer gets a schema",
      query({ output: bytes("application/json") }),
      query({ output: json(object({})) }),
      "changed /defs/main/output/schema compatible",
    ],
    [
      "the input gets a schema",
      procedure({ input: bytes("application/json") }),
      procedure({ input: json(object({})) }),
      "changed /defs/main/input/schema breaking",
    ],
    [
      "the answer loses its schema",
      query({ output: json(object({})) }),
      query({ output: bytes("application/json") }),
      "changed /defs/main/output/schema breaking",
    ],
    ["an error is declared", query(), query({ errors: [{ name: "Gone" }] }), "added /defs/main/errors compatible"],
    [
      "an error is not declared any more",
      query({ errors: [{ name: "Gone" }] }),
      query(),
      "removed /defs/main/errors breaking",
    ],
    [
      "an error is described",
      query({ errors: [{ name: "Gone" }] }),
      query({ errors: [{ name: "Gone", description: "It." }] }),
      "changed  documentation",
    ],
  ])("%s", (_, from, to, expected) => {
    expect(compare([main(from)], [main(to)]).map(line)).toEqual([expected]);
  });
});

describe("definitions that others refer to", () => {
  const view = lexicon("com.example.defs", { view: object({}) });
  const next = lexicon("com.example.defs", { view: object({ p: string() }, { required: ["p"] }) });
  const ref: JsonObject = { type: "ref", ref: "com.example.defs#view" };
  const sender = lexicon("com.example.put", { main: procedure({ input: json(ref) }) });
  const receiver = lexicon("com.example.get", {
    main: query({ output: json(object({ list: { type: "array", items: ref } })) }),
  });
  const keeper = lexicon("com.example.note", { main: { type: "record", key: "tid", record: object({ ref }) } });

  it.each([
    ["only received", [receiver], "compatible"],
    ["only sent", [sender], "breaking"],
    ["sent and received", [sender, receiver], "breaking"],
    ["kept in records", [keeper], "breaking"],
    ["used by nobody", [], "breaking"],
  ] as const)("a new required property of one that is %s", (_, users, effect) => {
    expect(compare([view, ...users], [next, ...users]).map(line)).toEqual([`added /defs/view/properties/p ${effect}`]);
  });

  it("counts who filled it in before", () => {
    expect(compare([view, sender], [next, lexicon("com.example.put", { main: procedure() })]).map(line)).toContain(
      "added /defs/view/properties/p breaking",
    );
  });

  it("tells added and removed definitions and documents", () => {
    const one = lexicon("com.example.defs", { old: object({}) });
    const two = lexicon("com.example.defs", { new: string() });
    expect(
      compare([one, sender], [two, receiver]).map((change) => `${change.nsid} ${line(change)} ${change.what}`),
    ).toEqual([
      "com.example.defs added /defs/new compatible string #new added",
      "com.example.defs removed /defs/old breaking object #old removed",
      "com.example.get added  compatible query added",
      "com.example.put removed  breaking document removed",
    ]);
  });

  it("says so when the old document is not at hand", () => {
    const before = manifestOf([documentOf(view)], pinned);
    expect(compareVersions(before, [], [documentOf(next)]).map(line)).toEqual(["changed  unknown"]);
  });

  it("is empty without a manifest or without a change", () => {
    expect(compareVersions(undefined, [], [documentOf(next)])).toEqual([]);
    expect(compare([view, sender], [view, sender])).toEqual([]);
    expect(compare([view], [{ defs: view.defs ?? {}, id: view.id ?? "", lexicon: 1 }])).toEqual([]);
  });
});

const change = (effect: Change["effect"]): Change => ({
  nsid,
  pointer: "/defs/main",
  kind: "changed",
  effect,
  what: effect,
});

describe("the report", () => {
  it.each<readonly [Change["effect"][], Hint]>([
    [[], "none"],
    [["documentation"], "patch"],
    [["documentation", "compatible"], "minor"],
    [["compatible", "breaking"], "major"],
    [["compatible", "unknown"], "major"],
  ])("%j asks for %s", (effects, hint) => {
    expect(semverHint(effects.map(change))).toBe(hint);
  });

  it("puts what breaks first", () => {
    const changes = (["documentation", "compatible", "breaking", "unknown"] as const).map(change);
    expect(formatChanges(changes, "major").split("\n")).toEqual([
      "Breaking (1)",
      "  ~ com.example.it /defs/main: breaking",
      "",
      "Changed, effect unknown (1)",
      "  ~ com.example.it /defs/main: unknown",
      "",
      "Compatible (1)",
      "  ~ com.example.it /defs/main: compatible",
      "",
      "Documentation only (1)",
      "  ~ com.example.it /defs/main: documentation",
      "",
      "Version: major (before 1.0: minor)",
    ]);
  });
});
