import { CommanderError } from "commander";
import { exitCodes } from "./exit-codes.ts";
import { interruption, watchSignals } from "./interrupt.ts";
import { exitCodeOf, tell } from "./print-error.ts";
import { build } from "./program.ts";

/** Runs one command and gives its exit code. Of the commands, only the file of that one is loaded. */
export async function run(argv: readonly string[]): Promise<number> {
  watchSignals();
  try {
    const program = await build(namesIn(argv));
    if (argv.length === 0) program.outputHelp();
    else await program.parseAsync(argv, { from: "user" });
  } catch (error) {
    // Somebody who has enough, or wants an end, is told nothing.
    const ended = interruption();
    if (ended !== undefined) return ended;
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    tell(error);
    return exitCodeOf(error);
  }
  return interruption() ?? Number(process.exitCode ?? exitCodes.done);
}

function namesIn(argv: readonly string[]): (name: string) => boolean {
  const words = argv.filter((word) => !word.startsWith("-"));
  const wanted = words[0] === "help" ? words[1] : words[0];
  return (name) => name === wanted;
}
