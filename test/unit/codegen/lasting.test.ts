import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lexicon } from "./generate.ts";
import { object, string } from "./schemas.ts";
import { makeSkeleton } from "./skeleton.ts";
import { makeWorkspace, readJson, readTree, textOf, writeJson } from "./workspace.ts";
import type { JsonObject } from "../../../codegen/model.ts";

const workspace = makeWorkspace();

describe("L13: what was chosen lasts", () => {
  test("L13 a run without arguments goes on from --from, --only and --items of the one before, until --pinned", async () => {
    const skeleton = makeSkeleton(join(workspace, "chosen"));
    expect((await skeleton.codegen()).code).toBe(0);
    const pristine = readTree(skeleton.path("generated"), textOf);
    const manifest = textOf(skeleton.path("lexicons/manifest.json"));
    const newer = lexicon("com.example.note", {
      main: { type: "record", key: "tid", record: object({ newer: string }) },
    });
    writeJson(skeleton.path("newer/note.json"), newer);
    expect((await skeleton.codegen("--from", "newer")).code).toBe(0);
    const types = skeleton.path("generated/types/com/example/note.ts");
    expect(textOf(types)).toContain("newer?:");
    expect(readJson(skeleton.path("lexicons/manifest.json"))).toMatchObject({ chosen: { from: ["newer"] } });
    expect((await skeleton.codegen()).stdout).toContain(" 0 files created, 0 updated, 0 deleted ");
    expect(await skeleton.codegen()).toMatchObject({ code: 0, stdout: "Nothing changed.\n" });
    expect(await skeleton.codegen("--quiet")).toMatchObject({ code: 0, stdout: "" });
    expect(await skeleton.codegen("--check")).toMatchObject({ code: 0, stderr: "" });
    expect(textOf(types)).toContain("newer?:");
    // What changes in the folder is noticed by a run that is told nothing of it.
    writeJson(skeleton.path("newer/note.json"), lexicon("com.example.note", { main: object({ newest: string }) }));
    expect((await skeleton.codegen("--quiet")).code).toBe(0);
    expect(textOf(types)).toContain("newest?:");
    expect((await skeleton.codegen("--pinned")).code).toBe(0);
    expect(readTree(skeleton.path("generated"), textOf)).toEqual(pristine);
    expect(textOf(skeleton.path("lexicons/manifest.json"))).toBe(manifest);
  });

  test("L13 a folder that is gone is named with where its name comes from", async () => {
    const skeleton = makeSkeleton(join(workspace, "gone"));
    writeJson(skeleton.path("newer/note.json"), lexicon("com.example.note", { main: object({}) }));
    expect((await skeleton.codegen("--from", "newer", "--only", "com.example.note")).code).toBe(0);
    expect(readJson(skeleton.path("lexicons/manifest.json"))).toMatchObject({ chosen: { only: ["com.example.note"] } });
    renameSync(skeleton.path("newer"), skeleton.path("moved"));
    const { code, stderr } = await skeleton.codegen();
    expect(code).toBe(1);
    expect(stderr).toContain("lexicons/manifest.json");
    expect(stderr).toContain("--pinned");
    expect((await skeleton.codegen("--from", "moved")).code).toBe(0);
  });

  test("L13 an output folder of its own has nothing to do with it", async () => {
    const skeleton = makeSkeleton(join(workspace, "apart"));
    writeJson(skeleton.path("own/x.json"), lexicon("com.example.x", { main: object({}) }));
    expect((await skeleton.codegen("--from", "own", "--out", "out")).code).toBe(0);
    expect(readJson(skeleton.path("out/manifest.json"))).not.toHaveProperty("chosen");
    expect((await skeleton.codegen()).code).toBe(0);
    expect(readJson(skeleton.path("lexicons/manifest.json"))).not.toHaveProperty("chosen");
  });
});

describe("K11: files of other systems", () => {
  test("K11 line ends, byte order marks and indentation are no changes", async () => {
    const skeleton = makeSkeleton(join(workspace, "windows"));
    const document = lexicon("com.example.note", {
      main: { type: "record", key: "tid", record: object({ a: string }) },
    });
    writeJson(skeleton.path("own/note.json"), document);
    const args = ["--from", "own", "--out", "out"];
    expect((await skeleton.codegen(...args)).code).toBe(0);
    for (const file of readTree(skeleton.path("out"), String).keys()) {
      writeFileSync(skeleton.path("out", file), textOf(skeleton.path("out", file)).replaceAll("\n", "\r\n"));
    }
    const texts = [
      JSON.stringify(document, null, 2).replaceAll("\n", "\r\n"),
      `\uFEFF${JSON.stringify(document, null, 2)}`,
      JSON.stringify(document),
      JSON.stringify(document, null, "\t"),
    ];
    for (const text of texts) {
      writeFileSync(skeleton.path("own/note.json"), text);
      const { code, stdout, stderr } = await skeleton.codegen(...args, "--check");
      expect([code, stderr, stdout.includes("major")]).toEqual([0, "", false]);
    }
  });

  test("K11 the digests of official documents are those of the manifest, whatever git makes of its line ends", async () => {
    const skeleton = makeSkeleton(join(workspace, "windows-official"));
    expect((await skeleton.codegen()).code).toBe(0);
    for (const file of ["lexicons/manifest.json", "lexicons/official/com/example/note.json"]) {
      writeFileSync(skeleton.path(file), textOf(skeleton.path(file)).replaceAll("\n", "\r\n"));
    }
    expect(await skeleton.codegen("--check")).toMatchObject({ code: 0, stderr: "" });
    expect(textOf(skeleton.path("lexicons/official/com/example/note.json"))).toContain("\r\n");
  });
});

/** A record of the given properties. */
const note = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...lexicon("com.example.note", { main: { type: "record", key: "tid", record: object(properties) } }),
  ...more,
});

describe("K12: changes of one's own documents", () => {
  test("K12 are compared with what the code was made from, and the hint names what the user calls", async () => {
    const skeleton = makeSkeleton(join(workspace, "own-changes"));
    const args = ["--from", "own", "--out", "out"];
    writeJson(skeleton.path("own/note.json"), note({ a: string }));
    expect((await skeleton.codegen(...args)).code).toBe(0);
    writeJson(skeleton.path("own/note.json"), note({ a: string, b: string }));
    const stale = await skeleton.codegen(...args, "--check");
    expect(stale.code).toBe(1);
    expect(stale.stdout).toContain("Version: minor");
    expect(stale.stderr).not.toContain("npm run codegen");
    expect(stale.stderr).toContain("skylex-codegen");
    expect((await skeleton.codegen(...args)).stdout).toContain("Version: minor");
    writeJson(skeleton.path("own/note.json"), note({ a: string, b: string }, { description: "Of a walk" }));
    expect((await skeleton.codegen(...args)).stdout).toContain("Version: patch");
    writeJson(skeleton.path("own/note.json"), note({ b: string }));
    expect((await skeleton.codegen(...args)).stdout).toContain("Version: major");
  });
});
