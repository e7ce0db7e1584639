import { ValidationError } from "../errors/index.ts";

/** What an option takes: one of these, or an object whose members take these. */
export type OptionKind =
  | "text"
  | "flag"
  | "milliseconds"
  | "count"
  | "list"
  | "function"
  | "any"
  | { readonly [name: string]: OptionKind };

/** Every option of a kind of call, so that the compiler sees that none is missing. */
export type OptionKinds<Options> = Readonly<Record<keyof Required<Options>, OptionKind>>;

const forms: Readonly<Record<Exclude<OptionKind, object>, readonly [said: string, fits: (value: unknown) => boolean]>> =
  {
    text: ["a text", (value) => typeof value === "string"],
    flag: ["true or false", (value) => typeof value === "boolean"],
    milliseconds: ["a number of milliseconds, 0 or more", (value) => typeof value === "number" && value >= 0],
    count: ["a whole number, 1 or more", (value) => Number.isSafeInteger(value) && Number(value) >= 1],
    list: ["a list", Array.isArray],
    function: ["a function", (value) => typeof value === "function"],
    any: ["", () => true],
  };

/** Names that others give to what is called otherwise here. */
const otherNames: Readonly<Record<string, string>> = {
  username: "identifier",
  user: "identifier",
  handle: "identifier",
  did: "identifier",
  email: "identifier",
  apppassword: "password",
  token: "accessToken",
  url: "service",
  host: "service",
  pds: "service",
  database: "storage",
  db: "storage",
  retries: "retry",
  abortsignal: "signal",
};

/**
 * Refuses options of a wrong type, and names that are none: a misspelt one would be passed over without a word.
 *
 * @param where what the options belong to, for messages: `new Client()`
 * @throws ValidationError naming the option, and the one that is meant
 */
export function checkOptions(given: object, kinds: Readonly<Record<string, OptionKind>>, where: string): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) refuse(where, name, `is not an option${hint(name, Object.keys(kinds))}`);
    else if (typeof kind !== "object") checkForm(value, kind, where, name);
    // Where an object is taken, false turns the whole of it off.
    else if (typeof value === "object" && value !== null) checkOptions(value as object, kind, `${where}: ${name}`);
    else if (value !== false) refuse(where, name, `must be an object with ${Object.keys(kind).join(", ")}, or false`);
  }
}

function checkForm(value: unknown, kind: Exclude<OptionKind, object>, where: string, name: string): void {
  const [said, fits] = forms[kind];
  if (fits(value)) return;
  // The value of a text may be a secret.
  const shown = kind === "text" || typeof value === "object" ? `of type ${typeof value}` : JSON.stringify(value);
  refuse(where, name, `must be ${said}, and is ${shown ?? typeof value}`);
}

function refuse(where: string, name: string, message: string): never {
  throw new ValidationError(`${where}: ${name} ${message}. Nothing was sent.`, { issues: [{ path: name, message }] });
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/g, "");

function hint(name: string, names: readonly string[]): string {
  const short = plain(name.slice(0, LONGEST_NAME));
  const other = Object.hasOwn(otherNames, short) ? otherNames[short] : undefined;
  const known = other !== undefined && names.includes(other) ? other : nearest(short, names);
  return known === undefined ? `: there are ${names.join(", ")}` : `: do you mean ${known}?`;
}

const LONGEST_NAME = 40;
/** Letters that are wrong, missing or too many in a name that is still recognized */
const MOST_MISTAKES = 2;

function nearest(name: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((known) => ({ known, mistakes: distance(name, plain(known)) }))
    .filter(({ mistakes }) => mistakes <= MOST_MISTAKES)
    .toSorted((one, two) => one.mistakes - two.mistakes);
  return best?.known;
}

/** Letters to change, add or take away: https://en.wikipedia.org/wiki/Levenshtein_distance */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let line = 0; line < one.length; line++) {
    const next = [line + 1];
    for (let at = 0; at < other.length; at++) {
      const kept = (row[at] ?? 0) + (one[line] === other[at] ? 0 : 1);
      next.push(Math.min(kept, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
