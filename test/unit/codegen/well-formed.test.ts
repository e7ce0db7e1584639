import { join } from "node:path";
import { lexiconDoc } from "@atproto/lexicon";
import { expect, test } from "vitest";
import { loadFolder } from "../../../codegen/load.ts";
import type { Json } from "../../../codegen/model.ts";
import { isWellFormed } from "../../../codegen/well-formed.ts";
import { chance, fuzzSeed, mutateJson, oneOf } from "../../support/fakes/mutations.ts";
import { customDocument, makeSkeleton } from "./skeleton.ts";
import { checkout, makeWorkspace, writeFiles, writeJson } from "./workspace.ts";

const official = loadFolder(`${checkout}/lexicons/official`, "official");

test("every official document is well-formed at first sight", () => {
  expect(official.filter(({ json }) => !isWellFormed(json)).map(({ nsid }) => nsid)).toEqual([]);
});

const values = {
  flag: { type: "boolean", description: "", default: true, const: true },
  count: { type: "integer", description: "", default: 1, const: 1, enum: [1], minimum: 1, maximum: 1 },
  text: {
    type: "string",
    description: "",
    format: "did",
    default: "a",
    const: "a",
    enum: ["a"],
    knownValues: ["a"],
    minLength: 1,
    maxLength: 1,
    minGraphemes: 1,
    maxGraphemes: 1,
  },
  any: { type: "unknown", description: "" },
};
const list = (items: Json): Json => ({ type: "array", description: "", items, minLength: 1, maxLength: 1 });
const union = { type: "union", description: "", refs: ["#bytes"], closed: true };
const object = {
  type: "object",
  description: "",
  required: ["flag"],
  nullable: ["text"],
  properties: {
    ...values,
    list: list({ type: "ref", description: "", ref: "#bytes" }),
    bytes: { type: "bytes", description: "", minLength: 1, maxLength: 1 },
    link: { type: "cid-link", description: "" },
    blob: { type: "blob", description: "", accept: ["*/*"], maxSize: 1 },
    union,
  },
};
const parameters = {
  type: "params",
  description: "",
  required: ["flag"],
  properties: { ...values, list: list(values.text) },
};
const body = { description: "", encoding: "a/b", schema: object };
const endpoint = { description: "", parameters, errors: [{ name: "Gone", description: "" }] };
const mains: Readonly<Record<string, Json>> = {
  query: { type: "query", ...endpoint, output: body },
  procedure: { type: "procedure", ...endpoint, input: { ...body, schema: union }, output: body },
  subscription: { type: "subscription", ...endpoint, message: { description: "", schema: union } },
  record: { type: "record", description: "", key: "tid", record: object },
  object,
  token: { type: "token", description: "" },
  array: list(union),
};

/** A value with something else in one of its places, or with nothing there. */
function* misplaced(value: Json): Generator<Json | undefined> {
  yield undefined;
  for (const other of [null, true, 1.5, 1, "a", "array", "object", [], [null], [1.5], ["a"], {}, { type: "params" }]) {
    yield other;
  }
  if (value === null || typeof value !== "object") return;
  for (const name of Object.keys(value)) {
    const member: unknown = Reflect.get(value, name);
    for (const other of misplaced(member as Json)) {
      const copy = structuredClone(value);
      Reflect.set(copy, name, other);
      yield copy;
    }
  }
}

test.each(Object.entries(mains))(
  "%s: with anything anywhere it is well-formed only where @atproto/lexicon agrees",
  (_, main) => {
    const document = { lexicon: 1, id: "com.example.thing", revision: 1, description: "", defs: { main } };
    expect(isWellFormed(document)).toBe(true);
    const wrong = [...misplaced(document)]
      .map((one) => JSON.parse(JSON.stringify(one ?? null)) as Json)
      .filter((one) => isWellFormed(one) && !lexiconDoc.safeParse(one).success);
    expect(wrong).toEqual([]);
  },
);

test("ids around the longest that there may be are well-formed only where @atproto/lexicon agrees", () => {
  const ids = [1, 59, 60, 61, 62, 63, 64].flatMap((length) =>
    [2, 3, 4, 5, 6].map((parts) => Array.from({ length: parts }, () => "a".repeat(length)).join(".")),
  );
  const documents = ids.map((id) => ({ lexicon: 1, id, defs: {} }));
  expect(documents.filter((one) => isWellFormed(one) && !lexiconDoc.safeParse(one).success)).toEqual([]);
  expect(documents.filter(isWellFormed).length).toBeGreaterThan(5);
});

test(`broken documents are well-formed only where @atproto/lexicon agrees (FUZZ_SEED=${fuzzSeed})`, () => {
  const random = chance(fuzzSeed);
  const counts = { yes: 0, no: 0 };
  const wrong: unknown[] = [];
  for (let round = 0; round < 4000; round++) {
    const document = mutateJson(oneOf(official, random).json, random) as Json;
    const verdict = isWellFormed(document);
    counts[verdict ? "yes" : "no"]++;
    if (verdict && !lexiconDoc.safeParse(document).success) wrong.push(document);
  }
  expect(wrong).toEqual([]);
  expect(Math.min(counts.yes, counts.no)).toBeGreaterThan(200);
});

test("@atproto/lexicon is loaded for documents that are not", async () => {
  const skeleton = makeSkeleton(makeWorkspace());
  const lexicon = skeleton.path("node_modules/@atproto/lexicon");
  writeJson(join(lexicon, "package.json"), { name: "@atproto/lexicon", type: "module", exports: "./index.js" });
  writeFiles(lexicon, [["index.js", 'throw new Error("It is loaded.");\n']]);
  const file = skeleton.path("lexicons/custom/ping.json");
  writeJson(file, customDocument({ pong: { type: "integer" } }));
  expect(await skeleton.codegen()).toMatchObject({ code: 0, stderr: "" });
  writeJson(file, customDocument({ pong: { type: "integer", minimum: "1" } }));
  expect(await skeleton.codegen()).toMatchObject({ code: 1, stderr: expect.stringContaining("It is loaded.") });
});
