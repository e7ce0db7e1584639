import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { program } from "./skylex.ts";

const old = "/usr/bin/node";
const isOld = existsSync(old) && Number(/\d+/.exec(execFileSync(old, ["--version"], { encoding: "utf8" }))?.[0]) < 22;

test.skipIf(!isOld)("M11 on an older Node the program says in one sentence which it needs", () => {
  const folder = mkdtempSync(join(tmpdir(), "skylex-old-node-"));
  const file = join(folder, "main.mjs");
  writeFileSync(file, stripTypeScriptTypes(readFileSync(program, "utf8")));
  const { stdout, stderr, status } = spawnSync(old, [file, "--version"], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(stderr).toMatch(/^UsageError: skylex needs Node 22\.17 or newer, and this is v\d+\.\d+\.\d+\. [^\n]+\n$/);
  expect([stdout, status]).toEqual(["", 1]);
});
