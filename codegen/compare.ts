import type { Change, Direction } from "./change.ts";
import type { Path } from "./keywords.ts";
import type { Json, JsonObject } from "./model.ts";
import { toPointer } from "./errors.ts";
import { parseReference, targetKey } from "./references.ts";
import type { Effect, Report, Shift } from "./constraint-changes.ts";
import { asList, closedValues, compareConstraints, effectOf, text } from "./constraint-changes.ts";

/** Compares two versions of one document. `directionOf` tells who fills in a definition; without it, both sides do. */
export function compareDocuments(
  nsid: string,
  before: JsonObject,
  after: JsonObject,
  directionOf: (nsid: string, name: string) => Direction = () => "both",
): readonly Change[] {
  const changes: Change[] = [];
  const report: Report = (path, kind, effect, what) => {
    changes.push({ nsid, pointer: toPointer(path), kind, effect, what });
  };
  compareMembers(asObject(before.defs), asObject(after.defs), ["defs"], (name, path, from, to) => {
    if (from === undefined) report(path, "added", "compatible", `${String(to?.type)} #${name} added`);
    else if (to === undefined) report(path, "removed", "breaking", `${String(from.type)} #${name} removed`);
    else new Comparison(nsid, directionOf(nsid, name), report).schemas(from, to, path);
  });
  if (changes.length === 0) report([], "changed", "documentation", "no effect on types");
  return changes;
}

const asObject = (value: Json | undefined): JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : {};
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

const errorNames = ({ errors }: JsonObject): Set<string> =>
  new Set(asList(errors).map((error) => String(asObject(error).name)));

/** Parts of an endpoint or record and who fills them in. */
const parts: readonly (readonly [part: string, direction: Direction])[] = [
  ["parameters", "sent"],
  ["input", "sent"],
  ["output", "received"],
  ["message", "received"],
  ["record", "both"],
];

class Comparison {
  readonly #nsid: string;
  readonly #direction: Direction;
  readonly #report: Report;

  constructor(nsid: string, direction: Direction, report: Report) {
    this.#nsid = nsid;
    this.#direction = direction;
    this.#report = report;
  }

  schemas(from: JsonObject, to: JsonObject, path: Path): void {
    if (from.type !== to.type) {
      this.#report(path, "changed", "breaking", `was ${String(from.type)}, is ${String(to.type)}`);
      return;
    }
    const [refBefore, refAfter] = [from.ref, to.ref].map((ref) => this.#target(ref));
    if (refBefore !== refAfter)
      this.#report([...path, "ref"], "changed", "breaking", `was ${refBefore}, is ${refAfter}`);
    if (from.key !== to.key)
      this.#report([...path, "key"], "changed", "breaking", `key was ${text(from.key)}, is ${text(to.key)}`);
    compareConstraints(from, to, path, this.#direction, this.#report);
    this.#unions(from, to, path);
    this.#values(from, to, path);
    this.#properties(from, to, path);
    this.#errors(from, to, path);
    for (const [part, direction] of parts) {
      if (from[part] === undefined && to[part] === undefined) continue;
      new Comparison(this.#nsid, direction, this.#report).#part(part, from[part], to[part], [...path, part]);
    }
    if (from.items !== undefined && to.items !== undefined)
      this.schemas(asObject(from.items), asObject(to.items), [...path, "items"]);
  }

  #effect(shift: Shift): Effect {
    return effectOf(shift, this.#direction);
  }

  #target(ref: Json | undefined): string | undefined {
    return ref === undefined ? undefined : targetKey(parseReference(String(ref), this.#nsid));
  }

  #part(part: string, before: Json | undefined, after: Json | undefined, at: Path): void {
    if (before === undefined) {
      const breaks = this.#direction === "sent" && demands(part, asObject(after));
      this.#report(at, "added", breaks ? "breaking" : "compatible", `${part} added`);
    } else if (after === undefined) {
      const wasEmpty = part === "parameters" && Object.keys(asObject(asObject(before).properties)).length === 0;
      this.#report(at, "removed", wasEmpty ? "compatible" : "breaking", `${part} removed`);
    } else {
      const [from, to] = [asObject(before), asObject(after)];
      this.schemas(from, to, at);
      if (from.schema !== undefined && to.schema !== undefined) {
        this.schemas(asObject(from.schema), asObject(to.schema), [...at, "schema"]);
      } else if (from.schema !== to.schema) {
        const isNew = from.schema === undefined;
        const effect = this.#effect(isNew ? "stricter" : "looser");
        this.#report([...at, "schema"], "changed", effect, isNew ? "schema added" : "schema removed");
      }
    }
  }

  #properties(from: JsonObject, to: JsonObject, path: Path): void {
    const [requiredBefore, requiredAfter] = [new Set(asList(from.required)), new Set(asList(to.required))];
    const [properties, next] = [asObject(from.properties), asObject(to.properties)];
    compareMembers(properties, next, [...path, "properties"], (name, at, before, after) => {
      const isRequired = requiredAfter.has(name);
      if (before === undefined) {
        const effect = isRequired ? this.#effect("stricter") : "compatible";
        this.#report(at, "added", effect, `${isRequired ? "required" : "optional"} property added`);
        return;
      }
      if (after === undefined) {
        this.#report(at, "removed", "breaking", "property removed");
        return;
      }
      if (requiredBefore.has(name) !== isRequired) {
        const effect = this.#effect(isRequired ? "stricter" : "looser");
        this.#report(at, "changed", effect, isRequired ? "became required" : "became optional");
      }
      const [nullBefore, nullAfter] = [from, to].map((one) => asList(one.nullable).includes(name));
      if (nullBefore !== nullAfter) {
        const effect = this.#effect(nullAfter ? "looser" : "stricter");
        this.#report(at, "changed", effect, nullAfter ? "may be null" : "may not be null any more");
      }
      this.schemas(before, after, at);
    });
  }

  #errors(from: JsonObject, to: JsonObject, path: Path): void {
    const [before, after, at] = [errorNames(from), errorNames(to), [...path, "errors"]];
    // A server may always answer with errors that it does not declare.
    for (const name of after.difference(before)) this.#report(at, "added", "compatible", `error ${name} added`);
    for (const name of before.difference(after)) this.#report(at, "removed", "breaking", `error ${name} removed`);
  }

  #unions(from: JsonObject, to: JsonObject, path: Path): void {
    const members = ({ refs }: JsonObject): Set<string> =>
      new Set(asList(refs).map((ref) => String(this.#target(ref))));
    this.#sets(members(from), members(to), [...path, "refs"], to.closed === true ? "looser" : "same");
    const [wasClosed, isClosed] = [from.closed === true, to.closed === true];
    if (wasClosed === isClosed) return;
    const effect = this.#effect(isClosed ? "stricter" : "looser");
    this.#report([...path, "closed"], "changed", effect, isClosed ? "union was closed" : "union was opened");
  }

  #values(from: JsonObject, to: JsonObject, path: Path): void {
    const [before, after] = [closedValues(from), closedValues(to)];
    const keyword = to.const === undefined && (to.enum !== undefined || from.const === undefined) ? "enum" : "const";
    const at = [...path, keyword];
    if (before !== undefined && after !== undefined) {
      this.#sets(new Set(before), new Set(after), at, "looser");
    } else if (before !== after) {
      const effect = this.#effect(before === undefined ? "stricter" : "looser");
      this.#report(at, "changed", effect, `${keyword} was ${text(before)}, is ${text(after)}`);
    }
  }

  /** What is taken out of a set breaks those who send it, and those who compare with it do not compile any more. */
  #sets(before: ReadonlySet<Json>, after: ReadonlySet<Json>, at: Path, growth: Shift): void {
    for (const value of after.difference(before))
      this.#report(at, "added", this.#effect(growth), `${text(value)} added`);
    for (const value of before.difference(after)) this.#report(at, "removed", "breaking", `${text(value)} removed`);
  }
}

/** A part that is new must be given with every call: required parameters, an input with required properties, or bytes. */
function demands(part: string, json: JsonObject): boolean {
  const schema = part === "input" ? asObject(json.schema) : json;
  if (part === "input" && schema.type !== "object") return true;
  return asList(schema.required).length > 0;
}
