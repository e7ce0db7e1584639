import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
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
export async function readInput(): Promise<string> {
  const bytes = await buffer(process.stdin);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).replaceAll("\r\n", "\n");
  } catch {
    throw new UsageError(
      "Standard input is not UTF-8, so some of its characters would be lost. Convert it first, with iconv for instance.",
    );
  }
}
