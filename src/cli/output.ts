import { stripVTControlCharacters } from "node:util";
import { interrupt } from "./interrupt.ts";

/** Writes a line to standard output, as fast as it is read. Nothing is written once nobody reads. */
export async function print(text: string): Promise<void> {
  await write(`${text}\n`);
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
export const printJson = (value: unknown): Promise<void> => print(json(value));

/** A value as JSON; bytes as the data model of atproto writes them: `{ "$bytes": "…" }`. */
export function json(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, (_, member: unknown) => (isBytes(member) ? encoded(member) : member), indent);
  // Control characters that JSON lets through, and terminals may act on.
  return (text ?? "null").replaceAll(/[\u007f-\u009f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`);
}

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const encoded = (bytes: Uint8Array): object => ({
  $bytes: Buffer.from(bytes)
    .toString("base64")
    .replace(/={1,2}$/, ""),
});

/**
 * Text of somebody else's without what a terminal would act on: a post must not move the cursor, nor the title of the window.
 * Colours of our own come after this.
 */
export const plain = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  stripVTControlCharacters(text).replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");

/** The same for text that has colours of ours in it: everything but those. */
export const printable = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- these are what is looked for
    .split(/(\u001b\[\d{1,3}m)/)
    .map((part, index) => (index % 2 === 1 ? part : plain(part)))
    .join("");

/** The same in one line. */
export const oneLine = (text: string): string => plain(text).replaceAll(/\s+/g, " ").trim();
