import type { Command } from "commander";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commands } from "../../../src/cli/commands.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { build } from "../../../src/cli/program.ts";
import { Shell } from "./skylex.ts";

const program = await build(() => true);
const all = (command: Command): Command[] => command.commands.flatMap((one) => [one, ...all(one)]);
const readme = readFileSync(join(import.meta.dirname, "../../../README.md"), "utf8");
const [, chapter = ""] = /^## Command line$(.*?)^## /ms.exec(readme) ?? [];

/** The whole help, with what stands after the options. */
function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

test.each(all(program).map((command) => [pathOf(command), command] as const))(
  "%s has a description and an example of itself",
  (path, command) => {
    const help = helpOf(command);
    expect(command.description()).not.toBe("");
    expect(help).toMatch(new RegExp(`^ {2}\\$ .*\\bskylex ${path}\\b`, "m"));
    expect(command.options.filter(({ description }) => description === "")).toEqual([]);
  },
);

function pathOf(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}

test("every command stands in the README's table, and nothing else does", () => {
  const heads = [...chapter.matchAll(/^\| (`[a-z][^|]*) \|/gm)].map(([, head = ""]) => head);
  const rows = heads.flatMap((head) => [...head.matchAll(/`([a-z]+)/g)].map(([, name]) => name));
  expect(new Set(rows)).toEqual(new Set(Object.keys(commands)));
});

test("the README's examples are of commands, options and NSIDs that there are", () => {
  const lines = [...chapter.matchAll(/(?:^|[|$(] ?)skylex ([^|#)\n]+)/gm)].map(([, line = ""]) => line.trim());
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) {
    const words = line.split(/\s+/);
    const command = program.commands.find((one) => one.name() === words[0]);
    expect(command?.name()).toBe(words[0]);
    const inner = command?.commands.find((one) => one.name() === words[1]);
    const known = [...(command?.options ?? []), ...(inner?.options ?? [])].flatMap(({ short, long }) => [short, long]);
    for (const option of line.match(/(?<=\s)--?[a-z-]+/g) ?? []) expect(known).toContain(option);
  }
});

test("the README and the help say the same exit codes", async () => {
  const shell = new Shell();
  const help = await shell.print("--help");
  for (const code of Object.values(exitCodes)) {
    expect(help).toMatch(new RegExp(`\\b${code}\\b`));
    expect(chapter).toMatch(new RegExp(`\\| ${code} \\|`));
  }
  for (const [name, { summary }] of Object.entries(commands)) {
    expect(help).toMatch(new RegExp(`^ {2}${name} +${summary.slice(0, 20)}`, "m"));
  }
  shell.remove();
});
