import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { interrupt } from "./interrupt.ts";
import { UsageError } from "./print-error.ts";

/** Asks a question on the terminal. With `hidden` what is typed is not shown. */
export async function ask(question: string, { hidden = false } = {}): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      `${question} cannot be asked: standard input is no terminal. skylex login --help says how else.`,
    );
  }
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: hidden ? nowhere : process.stderr, terminal: true });
  // Only now does the terminal show nothing of what is typed.
  process.stderr.write(`${question}: `);
  try {
    interrupt.throwIfAborted();
    return await new Promise<string>((resolve, reject) => {
      interrupt.addEventListener("abort", () => reject(interrupt.reason as Error), { once: true });
      // In raw mode Ctrl-C is a key, and Ctrl-D ends the input.
      lines.once("SIGINT", () => process.emit("SIGINT"));
      lines.once("close", () => reject(new UsageError(`${question}: nothing was given.`)));
      lines.question("", resolve);
    });
  } finally {
    lines.close();
    if (hidden) process.stderr.write("\n");
  }
}

/** All of standard input. */
export const readInput = (): Promise<string> => text(process.stdin);
