import { schemas } from "@atproto/api";
import type { LexiconDoc } from "@atproto/lexicon";
import { Lexicons } from "@atproto/lexicon";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadFolder } from "../../../codegen/load.ts";
import type { Json } from "../../../codegen/model.ts";
import { unresolve } from "../../../codegen/sources.ts";
import { checkout } from "./workspace.ts";

const official = loadFolder(join(checkout, "lexicons/official"), "official");
const documents = (): LexiconDoc[] => official.map(({ json }) => structuredClone(json) as unknown as LexiconDoc);

/** By NSID, with references to main definitions written in the one way of two that are there. */
const byNsid = (docs: Iterable<LexiconDoc>): Record<string, unknown> =>
  Object.fromEntries([...docs].map((doc) => [doc.id, JSON.parse(JSON.stringify(doc).replaceAll('#main"', '"'))]));

describe("the official documents as codegen writes them down", () => {
  it("are all of those the package has", () => {
    expect(official.map(({ nsid }) => nsid).toSorted()).toEqual(schemas.map(({ id }) => id).toSorted());
  });

  it("have no reference that is resolved", () => {
    expect(JSON.stringify(official.map(({ json }) => json))).not.toContain('"lex:');
  });

  it("are resolved by the official implementation to what the package exports", () => {
    expect(byNsid(new Lexicons(documents()))).toEqual(byNsid(schemas as unknown as readonly LexiconDoc[]));
  });

  it("stay the same when they are taken back once more", () => {
    const again = official.map(({ nsid, json }) => unresolve(nsid, json));
    expect(again).toEqual(official.map(({ json }) => json));
  });

  it.each<readonly [string, string]>([
    ["lex:com.example.a#main", "#main"],
    ["lex:com.example.a", "#main"],
    ["lex:com.example.a#x", "#x"],
    ["lex:com.example.b", "com.example.b"],
    ["lex:com.example.b#main", "com.example.b"],
    ["lex:com.example.b#x", "com.example.b#x"],
  ])("%s becomes %s", (ref, short) => {
    const schema: Json = { ref, refs: [ref], properties: { ref: { type: "ref", ref } } };
    expect(unresolve("com.example.a", schema)).toEqual({
      ref: short,
      refs: [short],
      properties: { ref: { type: "ref", ref: short } },
    });
  });
});
