import { Command, Help } from "commander";
import { ownFirst } from "./arguments.ts";
import { version } from "../version.ts";
import { commands, groups } from "./commands.ts";
import { tellWrongUse } from "./print-error.ts";

const footer = `
Every command has --help with examples; those that tell something have --json for programs.
Exit codes: 0 done, 1 it failed, 2 wrong use, refused before it was sent, 130 interrupted.
Environment: BSKY_AUTH_USERNAME, BSKY_AUTH_PASSWORD, BSKY_SESSION_KEY, BSKY_SQLITE_FILENAME, PGHOST …, as for the library.`;

const plainHelp = new Help();

/** The program with the named commands as they are, and the others by name and summary. */
export async function build(names: (name: string) => boolean): Promise<Command> {
  const program = new Command("skylex")
    .description("Bluesky and atproto from the terminal")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .showHelpAfterError("skylex --help says what there is.")
    .configureOutput({
      outputError: (text) =>
        tellWrongUse(
          text
            .trim()
            .replace(/^error: /, "")
            .replaceAll(/\s+/g, " "),
        ),
    })
    .configureHelp({ visibleOptions: (command) => ownFirst(plainHelp.visibleOptions(command)) })
    .exitOverride()
    .addHelpText("after", footer);
  for (const group of groups) {
    program.commandsGroup(`${group}:`);
    for (const [name, { summary, load }] of Object.entries(commands).filter(([, one]) => one.group === group)) {
      const command = program.command(name).description(summary);
      if (names(name)) (await load()).define(command);
      pointToHelp(command);
    }
  }
  return program;
}

/** After an error each command names its own help. */
function pointToHelp(command: Command, above = "skylex"): void {
  const path = `${above} ${command.name()}`;
  command.showHelpAfterError(`${path} --help says what it takes.`);
  for (const below of command.commands) pointToHelp(below, path);
}
