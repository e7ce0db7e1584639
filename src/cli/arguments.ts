import { InvalidArgumentError } from "commander";
import type { Command, Option } from "commander";
import { UsageError } from "./print-error.ts";

/** Lines of examples for the help: a command and what it is for. */
export function examples(command: Command, lines: readonly (readonly [command: string, note: string])[]): void {
  const written = lines.map(([text, note]) => `  $ ${text}${note === "" ? "" : `  # ${note}`}`);
  command.addHelpText("after", `\nExamples:\n${written.join("\n")}`);
}

const general = new WeakSet<Option>();

/** Options that many commands share: the help names them after a command's own. */
export function generalFlags(command: Command, add: (command: Command) => Command): Command {
  const own = new Set(command.options);
  const all = add(command);
  for (const option of all.options) if (!own.has(option)) general.add(option);
  return all;
}

/** Own options first, then general ones, each in the order in which they were added. */
export const ownFirst = (options: readonly Option[]): Option[] =>
  options.toSorted((one, other) => Number(general.has(one)) - Number(general.has(other)));

/** A whole number, for options. */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`${JSON.stringify(text)} is not a whole number.`);
}

/** A whole number above 0, for options. */
export function count(text: string): number {
  const number = wholeNumber(text);
  if (number > 0) return number;
  throw new InvalidArgumentError("It must be above 0.");
}

/** Adds to what an option was given before. */
export const several = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

const units: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5, w: 6048e5 };

/** `90s`, `15m`, `2h`, `30d`, `4w` as milliseconds, for options. */
export function duration(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([smhdw])$/.exec(text) ?? [];
  const length = units[unit];
  if (number !== undefined && length !== undefined) return Number(number) * length;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is not a time: 90s, 15m, 2h, 30d or 4w.`);
}

/** A moment: a date, or how long ago; for options. */
export function moment(text: string): Date {
  if (/^[\d.]+\s*[smhdw]$/.test(text)) return new Date(Date.now() - duration(text));
  // Dates as ISO 8601 writes them: of anything else, such as a number without its unit, a date could be made that nobody means.
  const date = new Date(
    /^\d{4}-\d{2}(?:-\d{2})?(?:[T ][\d:.]+\s*(?:Z|[+-]\d{2}:?\d{2})?)?$/i.test(text) ? text : Number.NaN,
  );
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is neither a date nor a time ago: 2026-01-31, 15m, 2h, 30d.`);
}

/** `bsky.app` addresses of posts as at:// URIs; at:// URIs as they are. */
export function postUri(text: string): string {
  const [, actor, rkey] = /^https?:\/\/[^/]+\/profile\/([^/]+)\/post\/([^/?#]+)/.exec(text) ?? [];
  if (actor !== undefined && rkey !== undefined) {
    return `at://${decodeURIComponent(actor)}/app.bsky.feed.post/${decodeURIComponent(rkey)}`;
  }
  if (/^at:\/\/[^/]+\/[^/]+\/[^/]+$/.test(text)) return text;
  throw new UsageError(
    `${JSON.stringify(text)} is no post. Give its address, https://bsky.app/profile/…/post/…, or its at:// URI.`,
  );
}
