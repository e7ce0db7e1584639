import type { Change, Direction } from "./change.ts";
import type { Path } from "./keywords.ts";
import { isJson } from "./keywords.ts";
import type { Json, JsonObject } from "./model.ts";

export type Effect = Change["effect"];
export type Report = (path: Path, kind: Change["kind"], effect: Effect, what: string) => void;

/** How a change moves the bounds of what passes. */
export type Shift = "looser" | "stricter" | "same" | "other";

export const asList = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);
export const text = (value: Json | undefined): string => (value === undefined ? "absent" : JSON.stringify(value));

/** What a change of the values that pass means to those who send them, or receive them. */
export function effectOf(shift: Shift, direction: Direction): Effect {
  if (shift === "same") return "compatible";
  const harmless = shift === "looser" ? "sent" : shift === "stricter" ? "received" : undefined;
  return direction === harmless ? "compatible" : "breaking";
}

/** The only values that pass; `undefined` when any may. */
export const closedValues = ({ const: only, enum: some }: JsonObject): readonly Json[] | undefined =>
  only !== undefined ? [only] : some !== undefined ? asList(some) : undefined;

/** Keywords that bound a value, what stands for their absence, and whether a larger number lets more through. */
const limits: readonly (readonly [keyword: string, none: number, largerIsLooser: boolean])[] = [
  ["minimum", -Infinity, false],
  ["maximum", Infinity, true],
  ["minLength", 0, false],
  ["maxLength", Infinity, true],
  ["minGraphemes", 0, false],
  ["maxGraphemes", Infinity, true],
  ["maxSize", Infinity, true],
];

/** String formats that take in all values of others: https://atproto.com/specs/lexicon#string-formats */
const widerFormats: Readonly<Record<string, readonly string[]>> = {
  did: ["at-identifier"],
  handle: ["at-identifier"],
  "at-uri": ["uri"],
  tid: ["record-key"],
};

/** Compares what narrows a value down, or only says something about it. */
export function compareConstraints(
  from: JsonObject,
  to: JsonObject,
  path: Path,
  direction: Direction,
  report: Report,
): void {
  const changed = (keyword: string): boolean => JSON.stringify(from[keyword]) !== JSON.stringify(to[keyword]);
  const what = (keyword: string): string => `${keyword} was ${text(from[keyword])}, is ${text(to[keyword])}`;
  for (const [keyword, none, largerIsLooser] of limits) {
    if (!changed(keyword)) continue;
    const [before, after] = [Number(from[keyword] ?? none), Number(to[keyword] ?? none)];
    const isStricter = before !== after && after > before !== largerIsLooser;
    // Types do not tell limits, so those who receive a value meet no difference.
    const effect = isStricter && direction !== "received" ? "breaking" : "compatible";
    report([...path, keyword], "changed", effect, what(keyword));
  }
  if (changed("accept")) {
    const isStricter = shiftOfAccept(from.accept, to.accept) !== "looser";
    report(
      [...path, "accept"],
      "changed",
      isStricter && direction !== "received" ? "breaking" : "compatible",
      what("accept"),
    );
  }
  if (changed("format")) {
    const effect = effectOf(shiftOfFormat(from.format, to.format), direction);
    report([...path, "format"], "changed", effect, what("format"));
  }
  if (changed("encoding")) {
    const [before, after] = [String(from.encoding), String(to.encoding)];
    const shift = shiftOf((one, other) => covers(String(one), String(other)), before, after);
    // JSON has a type of its own, everything else is bytes.
    const effect = isJson(before) === isJson(after) ? effectOf(shift, direction) : "breaking";
    report([...path, "encoding"], "changed", effect, what("encoding"));
  }
  for (const keyword of ["default", "knownValues"]) {
    if (changed(keyword)) report([...path, keyword], "changed", "compatible", `${keyword} changed`);
  }
  if (changed("description")) report([...path, "description"], "changed", "documentation", "description changed");
}

/** `contains(a, b)`: all that passes `b` passes `a`. */
function shiftOf(
  contains: (one: Json | undefined, other: Json | undefined) => boolean,
  from: Json | undefined,
  to: Json | undefined,
): Shift {
  return contains(to, from) ? "looser" : contains(from, to) ? "stricter" : "other";
}

const shiftOfFormat = (from: Json | undefined, to: Json | undefined): Shift =>
  shiftOf((one, other) => one === undefined || (widerFormats[String(other)] ?? []).includes(String(one)), from, to);

/** A media range takes in another: `image/*` takes in `image/png`. */
const covers = (range: string, other: string): boolean =>
  range === "*/*" || range === other || (range.endsWith("/*") && other.startsWith(range.slice(0, -1)));

const ranges = (accept: Json | undefined): readonly string[] =>
  accept === undefined ? ["*/*"] : asList(accept).map(String);

const shiftOfAccept = (from: Json | undefined, to: Json | undefined): Shift =>
  shiftOf((one, other) => ranges(other).every((type) => ranges(one).some((range) => covers(range, type))), from, to);
