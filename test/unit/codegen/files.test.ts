import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesBelow } from "../../../codegen/files.ts";
import { makeWorkspace, writeFiles } from "./workspace.ts";

test("files below a folder are found in all folders, also behind links", () => {
  const folder = makeWorkspace();
  writeFiles(folder, [
    ["top/a.json", ""],
    ["top/deep/er/b.json", ""],
    ["elsewhere/c.json", ""],
  ]);
  symlinkSync(join(folder, "elsewhere"), join(folder, "top/linked"), "junction");
  expect(filesBelow(join(folder, "top")).toSorted()).toEqual(["a.json", "deep/er/b.json", "linked/c.json"]);
});
