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
    this.#stream.write(`\r\x1b[2K${text().slice(0, Math.max(0, this.#stream.columns - 1))}`);
  }

  /** Makes room for output. */
  clear(): void {
    if (this.#shown) this.#stream.write("\r\x1b[2K");
    this.#shown = false;
  }
}
