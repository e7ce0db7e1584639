import type { Manifest } from "./manifest.ts";
import type { Json, JsonObject, LexiconDocument } from "./model.ts";
import { toPointer } from "./problem.ts";

/** One difference between two versions of the lexicons, as users of the generated code meet it. */
export interface Change {
  readonly nsid: string;
  /** JSON pointer into the document; empty for the document as a whole */
  readonly pointer: string;
  readonly kind: "added" | "removed" | "changed";
  readonly effect: "breaking" | "compatible" | "documentation" | "unknown";
  readonly what: string;
}

export type Hint = "major" | "minor" | "patch" | "none";

type Path = readonly (string | number)[];
/** Which side fills the value in: what users send may grow stricter only as a break, what they receive looser only as one. */
type Direction = "sent" | "received" | "both";

/**
 * Compares the documents behind a manifest with new ones. Where an old document is not at hand, only its digest tells that it
 * changed, and the effect is unknown.
 */
export function compareVersions(
  before: Manifest | undefined,
  oldDocuments: readonly LexiconDocument[],
  newDocuments: readonly LexiconDocument[],
): readonly Change[] {
  if (before === undefined) return [];
  const old = new Map(oldDocuments.map((document) => [document.sha256, document]));
  const next = new Map(newDocuments.map((document) => [document.nsid, document]));
  const changes: Change[] = [];
  for (const nsid of Object.keys(before.documents)) {
    if (!next.has(nsid))
      changes.push({ nsid, pointer: "", kind: "removed", effect: "breaking", what: "document removed" });
  }
  for (const { nsid, sha256, json } of newDocuments) {
    const entry = before.documents[nsid];
    if (entry?.sha256 === sha256) continue;
    const previous = entry && old.get(entry.sha256);
    if (entry === undefined) {
      changes.push({ nsid, pointer: "", kind: "added", effect: "compatible", what: `${mainKind(json)} added` });
    } else if (previous === undefined) {
      changes.push({
        nsid,
        pointer: "",
        kind: "changed",
        effect: "unknown",
        what: "changed; the old document is not at hand",
      });
    } else {
      changes.push(...compareDocuments(nsid, previous.json, json));
    }
  }
  return changes.toSorted((a, b) => (a.nsid + a.pointer < b.nsid + b.pointer ? -1 : 1));
}

const mainKind = (json: JsonObject): string => {
  const main = (json.defs as JsonObject | undefined)?.main as JsonObject | undefined;
  return main === undefined ? "definitions" : String(main.type);
};

/** What a change of the kind asks of the version number. */
export function semverHint(changes: readonly Change[]): Hint {
  if (changes.some(({ effect }) => effect === "breaking" || effect === "unknown")) return "major";
  if (changes.some(({ effect }) => effect === "compatible")) return "minor";
  return changes.length > 0 ? "patch" : "none";
}

/** Compares two versions of one document. */
export function compareDocuments(nsid: string, before: JsonObject, after: JsonObject): readonly Change[] {
  const changes: Change[] = [];
  const report = (path: Path, kind: Change["kind"], effect: Change["effect"], what: string): void => {
    changes.push({ nsid, pointer: toPointer(path), kind, effect, what });
  };
  compareMembers(asObject(before.defs), asObject(after.defs), ["defs"], (name, path, from, to) => {
    if (from === undefined) report(path, "added", "compatible", `${String(to?.type)} #${name} added`);
    else if (to === undefined) report(path, "removed", "breaking", `${String(from.type)} #${name} removed`);
    else compareSchemas(from, to, path, "both", report);
  });
  if (changes.length === 0) report([], "changed", "documentation", "no effect on types");
  return changes;
}

type Report = (path: Path, kind: Change["kind"], effect: Change["effect"], what: string) => void;

const asObject = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
const asList = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

function compareMembers(
  before: JsonObject,
  after: JsonObject,
  path: Path,
  visit: (name: string, path: Path, from: JsonObject | undefined, to: JsonObject | undefined) => void,
): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const side = (of: JsonObject): JsonObject | undefined => (Object.hasOwn(of, name) ? asObject(of[name]) : undefined);
    visit(name, [...path, name], side(before), side(after));
  }
}

/** Parts of an endpoint and who fills them in. */
const parts: readonly (readonly [part: string, direction: Direction])[] = [
  ["parameters", "sent"],
  ["input", "sent"],
  ["output", "received"],
  ["message", "received"],
  ["record", "both"],
];

function compareSchemas(from: JsonObject, to: JsonObject, path: Path, direction: Direction, report: Report): void {
  if (from.type !== to.type) {
    report(path, "changed", "breaking", `was ${String(from.type)}, is ${String(to.type)}`);
    return;
  }
  for (const keyword of ["ref", "format", "const", "key", "encoding"]) {
    if (JSON.stringify(from[keyword]) !== JSON.stringify(to[keyword])) {
      report(
        [...path, keyword],
        "changed",
        "breaking",
        `${keyword} was ${text(from[keyword])}, is ${text(to[keyword])}`,
      );
    }
  }
  compareLimits(from, to, path, direction, report);
  compareSets(from, to, path, direction, report);
  compareProperties(from, to, path, direction, report);
  compareErrors(from, to, path, report);
  for (const [part, partDirection] of parts) comparePart(part, partDirection, from, to, path, report);
  if (from.items !== undefined && to.items !== undefined) {
    compareSchemas(asObject(from.items), asObject(to.items), [...path, "items"], direction, report);
  }
  for (const keyword of ["description", "default", "knownValues", "accept"]) {
    if (JSON.stringify(from[keyword]) !== JSON.stringify(to[keyword])) {
      const effect = keyword === "description" ? "documentation" : "compatible";
      report([...path, keyword], "changed", effect, `${keyword} changed`);
    }
  }
}

const text = (value: Json | undefined): string => (value === undefined ? "absent" : JSON.stringify(value));

function comparePart(
  part: string,
  direction: Direction,
  from: JsonObject,
  to: JsonObject,
  path: Path,
  report: Report,
): void {
  const at = [...path, part];
  const [before, after] = [from[part], to[part]];
  if (before === undefined && after === undefined) return;
  if (before === undefined) {
    const isDemand = direction === "sent" && asList(schemaOf(after).required).length > 0;
    report(at, "added", isDemand ? "breaking" : "compatible", `${part} added`);
  } else if (after === undefined) {
    report(at, "removed", "breaking", `${part} removed`);
  } else {
    compareSchemas(asObject(before), asObject(after), at, direction, report);
    const [schemaBefore, schemaAfter] = [asObject(before).schema, asObject(after).schema];
    if (schemaBefore !== undefined && schemaAfter !== undefined) {
      compareSchemas(asObject(schemaBefore), asObject(schemaAfter), [...at, "schema"], direction, report);
    } else if (schemaBefore !== schemaAfter) {
      report([...at, "schema"], "changed", "breaking", schemaBefore === undefined ? "schema added" : "schema removed");
    }
  }
}

const schemaOf = (part: Json | undefined): JsonObject => {
  const object = asObject(part);
  return object.schema === undefined ? object : asObject(object.schema);
};

function compareProperties(from: JsonObject, to: JsonObject, path: Path, direction: Direction, report: Report): void {
  const [requiredBefore, requiredAfter] = [new Set(asList(from.required)), new Set(asList(to.required))];
  compareMembers(
    asObject(from.properties),
    asObject(to.properties),
    [...path, "properties"],
    (name, at, before, after) => {
      if (before === undefined) {
        const isDemand = requiredAfter.has(name) && direction !== "received";
        report(
          at,
          "added",
          isDemand ? "breaking" : "compatible",
          `${requiredAfter.has(name) ? "required" : "optional"} property added`,
        );
        return;
      }
      if (after === undefined) {
        report(at, "removed", "breaking", "property removed");
        return;
      }
      if (requiredBefore.has(name) !== requiredAfter.has(name)) {
        const isDemand = requiredAfter.has(name);
        const safe = isDemand ? direction === "received" : direction === "sent";
        report(at, "changed", safe ? "compatible" : "breaking", isDemand ? "became required" : "became optional");
      }
      const [nullBefore, nullAfter] = [from, to].map((one) => asList(one.nullable).includes(name));
      if (nullBefore !== nullAfter) {
        const safe = nullAfter ? direction === "sent" : direction === "received";
        report(at, "changed", safe ? "compatible" : "breaking", nullAfter ? "may be null" : "may not be null any more");
      }
      compareSchemas(before, after, at, direction, report);
    },
  );
}

const errorNames = (json: JsonObject): Set<string> =>
  new Set(asList(json.errors).map((error) => String(asObject(error).name)));

function compareErrors(from: JsonObject, to: JsonObject, path: Path, report: Report): void {
  const [before, after] = [errorNames(from), errorNames(to)];
  for (const name of after.difference(before))
    report([...path, "errors"], "added", "compatible", `error ${name} added`);
  for (const name of before.difference(after))
    report([...path, "errors"], "removed", "breaking", `error ${name} removed`);
}

function compareSets(from: JsonObject, to: JsonObject, path: Path, direction: Direction, report: Report): void {
  for (const keyword of ["refs", "enum"]) {
    const [before, after] = [new Set(asList(from[keyword])), new Set(asList(to[keyword]))];
    const isOpen = keyword === "refs" && to.closed !== true;
    for (const value of after.difference(before)) {
      const safe = isOpen || direction === "sent";
      report([...path, keyword], "added", safe ? "compatible" : "breaking", `${text(value)} added`);
    }
    for (const value of before.difference(after))
      report([...path, keyword], "removed", "breaking", `${text(value)} removed`);
  }
  if ((from.closed === true) !== (to.closed === true)) {
    report([...path, "closed"], "changed", "breaking", to.closed === true ? "union was closed" : "union was opened");
  }
}

/** Keywords that bound a value, and whether a larger number lets more through. */
const limits: readonly (readonly [keyword: string, largerIsLooser: boolean])[] = [
  ["minimum", false],
  ["maximum", true],
  ["minLength", false],
  ["maxLength", true],
  ["minGraphemes", false],
  ["maxGraphemes", true],
  ["maxSize", true],
];

function compareLimits(from: JsonObject, to: JsonObject, path: Path, direction: Direction, report: Report): void {
  for (const [keyword, largerIsLooser] of limits) {
    const [before, after] = [from[keyword], to[keyword]];
    if (before === after) continue;
    const none = largerIsLooser ? Infinity : -Infinity;
    const looser = Number(after ?? none) > Number(before ?? none) === largerIsLooser;
    const effect = direction !== "received" && !looser ? "breaking" : "compatible";
    report([...path, keyword], "changed", effect, `${keyword} was ${text(before)}, is ${text(after)}`);
  }
}
