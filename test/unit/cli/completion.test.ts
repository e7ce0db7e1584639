import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { bashScript } from "../../../src/cli/completion/bash.ts";
import { fishScript } from "../../../src/cli/completion/fish.ts";
import { completed, flat, namesOf } from "../../../src/cli/completion/tree.ts";
import { zshScript } from "../../../src/cli/completion/zsh.ts";
import { commands } from "../../../src/cli/commands.ts";
import { Lexicons } from "../../../src/cli/lexicons.ts";
import { build } from "../../../src/cli/program.ts";

const folder = mkdtempSync(join(tmpdir(), "skylex-completion-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const tree = completed(await build(() => true));
const names = namesOf(new Lexicons());

const quoted = (text: string): string => `'${text}'`;

describe("bash", () => {
  const file = join(folder, "skylex.bash");
  writeFileSync(file, bashScript(tree, names));
  writeFileSync(join(folder, "record.json"), "{}");

  /** What bash offers at the end of each line, all asked of one bash. */
  function offers(...lines: readonly string[]): string[][] {
    const ask = lines.map((line) => `COMP_LINE=${quoted(line)} COMP_POINT=${line.length} ask`).join("\n");
    const script = `compopt() { :; }
source ${quoted(file)}
ask() { COMPREPLY=(); _skylex skylex; echo "\${COMPREPLY[*]}"; }
${ask}`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], { cwd: folder, encoding: "utf8" });
    expect(stderr).toBe("");
    return stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split(" ").filter(Boolean));
  }
  test("completes commands, subcommands, options, NSIDs, what endpoints take, shells and files", () => {
    const [all, l, sub, option, nsid, keys, more, lexicon, shells, files, none] = offers(
      "skylex ",
      "skylex lo",
      "skylex log s",
      "skylex log --fa",
      "skylex call app.bsky.feed.getTi",
      "skylex call app.bsky.feed.getTimeline ",
      "skylex call --json app.bsky.feed.getTimeline limit=5 cur",
      "skylex lexicon show app.bsky.feed.def",
      "skylex completion ",
      "skylex call com.example.x --data rec",
      "skylex call --account ",
    );
    expect(new Set(all)).toEqual(new Set(Object.keys(commands)));
    expect(l).toEqual(["login", "logout", "log"]);
    expect(sub).toEqual(["show", "stats"]);
    expect(option).toEqual(["--failed"]);
    expect(nsid).toEqual(["app.bsky.feed.getTimeline"]);
    expect(keys).toEqual(["algorithm=", "limit=", "cursor="]);
    expect(more).toEqual(["cursor="]);
    expect(lexicon).toEqual(["app.bsky.feed.defs"]);
    expect(shells).toEqual(["bash", "zsh", "fish"]);
    expect(files).toEqual([]);
    expect(none).toEqual([]);
  });

  test("values of options are no operands, and options of subcommands are their own", () => {
    const [endpoint, stats, file, again] = offers(
      "skylex log --endpoint app.bsky.feed.getTi",
      "skylex log stats --per",
      "skylex post --markdown rec",
      "skylex call --account alice.test app.bsky.feed.getTi",
    );
    expect(endpoint).toEqual(["app.bsky.feed.getTimeline"]);
    expect(stats).toEqual(["--periods"]);
    expect(file).toEqual(["record.json"]);
    expect(again).toEqual(["app.bsky.feed.getTimeline"]);
  });
});

test("every command and option is in the scripts of the other shells", () => {
  const zsh = zshScript(tree, names);
  const fish = fishScript(tree, names);
  for (const { path, options } of flat(tree)) {
    for (const { long } of options) {
      expect(zsh).toContain(`'${long}:`);
      expect(fish).toMatch(new RegExp(`__skylex_at .*${path}.* -l ${long.slice(2)}\\b`));
    }
  }
  for (const { name } of flat(tree).slice(1)) expect(fish).toContain(`-a '${name}'`);
  for (const nsid of names.endpoints.keys()) expect(zsh).toContain(`  ${nsid} '`);
});
