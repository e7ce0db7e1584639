import { escapeControls, escapeControlsOfJson } from "../core/control-characters.ts";
import { interrupt } from "./interrupt.ts";

/** Writes one line to standard output, as fast as it is read. Nothing is written once nobody reads. */
export async function print(text: string): Promise<void> {
  await write(`${printable(text)}\n`);
}

/** Writes a text of several lines. */
export async function printLines(text: string): Promise<void> {
  await write(`${text.split("\n").map(printable).join("\n")}\n`);
}

/** Writes bytes or text as they are. */
export async function write(chunk: string | Uint8Array): Promise<void> {
  interrupt.throwIfAborted();
  if (process.stdout.write(chunk)) return;
  await new Promise<void>((resolve) => {
    process.stdout.once("drain", resolve);
    interrupt.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Writes a value as JSON on one line. */
export const printJson = (value: unknown): Promise<void> => write(`${json(value)}\n`);

/** A value as JSON; bytes as the data model of atproto writes them: `{ "$bytes": "…" }`. */
export function json(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, (_, member: unknown) => (isBytes(member) ? encoded(member) : member), indent);
  // JSON lets characters through that terminals act on.
  return escapeControlsOfJson(text ?? "null");
}

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const encoded = (bytes: Uint8Array): object => ({
  $bytes: Buffer.from(bytes)
    .toString("base64")
    .replace(/={1,2}$/, ""),
});

/**
 * Text of somebody else's in which what a terminal would act on is written out: a post must not move the cursor, nor the title of the
 * window. Its line breaks stay. Colours of our own come after this.
 */
export const plain = (text: string): string => text.split(/\r?\n/).map(escapeControls).join("\n");

/** The same in one line. */
export const oneLine = (text: unknown): string => escapeControls(String(text).replaceAll(/\s+/g, " ").trim());

/** Colours as this program sets them */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const colours = /(\u001b\[(?:[0-4]|2[0-4]|3[0-9])m)/;

/** One line for the terminal: nothing in it acts but colours. */
export const printable = (text: string): string =>
  text
    .split(colours)
    .map((part, index) => (index % 2 === 1 ? part : escapeControls(part)))
    .join("");

/** A text without colours, as wide as it is seen. */
export const colourless = (text: string): string =>
  text
    .split(colours)
    .filter((_, index) => index % 2 === 0)
    .join("");
