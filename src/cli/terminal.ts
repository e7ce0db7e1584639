import { escapeControls } from "../core/control-characters.ts";
import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Colours text for standard output; plain text where that is no terminal, or NO_COLOR says so. FORCE_COLOR says otherwise. */
export const style = (format: Format, text: string): string => styleText(format, text, { stream: process.stdout });

/** Columns of the terminal; without one, what is comfortable to read. */
export const width = (): number => Math.max(40, Math.min(process.stdout.columns ?? 80, 120));

/** Columns that tables may take: those of the terminal. Without one, as many as they need, so that nothing is lost in a pipe. */
export const tableWidth = (): number => {
  const { COLUMNS: said = "" } = process.env;
  return process.stdout.columns || (/^[1-9]\d{0,3}$/.test(said) ? Number(said) : Infinity);
};

/** What is written to the terminal beside the output: on standard error, and only where a person is watching. */
export class StatusLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #everyMs: number;
  #shownAt = 0;
  #shown = false;

  constructor(stream: NodeJS.WriteStream = process.stderr, everyMs = 500) {
    this.#stream = stream;
    this.#everyMs = everyMs;
  }

  /** Shows a line in place of the last one; calls in between are dropped. */
  show(text: () => string): void {
    const now = Date.now();
    if (!this.#stream.isTTY || now - this.#shownAt < this.#everyMs) return;
    this.#shownAt = now;
    this.#shown = true;
    this.#stream.write(`\r\x1b[2K${escapeControls(text()).slice(0, Math.max(0, this.#stream.columns - 1))}`);
  }

  /** Makes room for output. */
  clear(): void {
    if (this.#shown) this.#stream.write("\r\x1b[2K");
    this.#shown = false;
  }
}

/** `███████░░░░ 63 %` */
export function bar(share: number, cells = 30): string {
  const filled = Math.round(cells * Math.max(0, Math.min(1, share)));
  return `${"█".repeat(filled)}${"░".repeat(cells - filled)} ${Math.floor(share * 100)} %`;
}
