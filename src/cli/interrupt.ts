import { exitCodes } from "./exit-codes.ts";

/** Why the program is to end, and with which exit code. */
class Interruption extends Error {
  override readonly name = "Interruption";
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

const controller = new AbortController();

/** Aborts everything under way: at Ctrl-C, or when nobody reads the output any more. */
export const interrupt: AbortSignal = controller.signal;

/** The exit code of what was interrupted; `undefined` if nothing was. */
export const interruption = (): number | undefined =>
  interrupt.aborted ? (interrupt.reason as Interruption).exitCode : undefined;

/** Turns signals and closed pipes into an abort, so that calls end and rows are written. The second Ctrl-C ends at once. */
export function watchSignals(): void {
  for (const [name, exitCode] of [
    ["SIGINT", exitCodes.interrupted],
    ["SIGTERM", 143],
  ] as const) {
    process.on(name, () => {
      if (interrupt.aborted) process.exit(exitCode);
      controller.abort(new Interruption(name, exitCode));
    });
  }
  // A reader that has enough, like head, is a reason to stop and none to complain.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return controller.abort(new Interruption("nobody reads any more", exitCodes.done));
    if (interrupt.aborted) return;
    process.stderr.write(
      `Error: standard output cannot be written (${error.message}). What is missing was not written.\n`,
    );
    controller.abort(new Interruption("standard output cannot be written", exitCodes.failed));
  });
}
