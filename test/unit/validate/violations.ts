import type { Rule } from "../../../src/core/lexicon/issue.ts";
import type { Schema } from "../../../src/validate/schema.ts";
import { containsItself, find, memberOf, sample } from "./sample.ts";

/** One way to break a value, and what is expected to be said of it. */
export interface Violation {
  readonly path: string;
  readonly rule: Rule;
  readonly actual?: number;
  readonly limit?: number;
  readonly value: unknown;
  /** Only servers refuse it, `@atproto/lexicon` does not */
  readonly strict?: boolean;
}

/** 25 bytes of UTF-8, 11 UTF-16 units, and one grapheme */
const family = "👨‍👩‍👧‍👦";

/** Where a schema stands: the references that lead to it. `seen`: definitions that are broken already, and need not be again. */
interface Route {
  readonly within: readonly string[];
  readonly seen: Set<string> | undefined;
}

/** Every way to break the sample of a schema, one at a time; definitions that are in `seen` or get there are broken once. */
export function* violations(
  schema: Schema,
  path: string,
  route: Route = { within: [], seen: undefined },
): Generator<Violation> {
  switch (schema.type) {
    case "ref":
      yield* ofDefinition(schema.ref as string, path, route);
      break;
    case "union":
      yield* ofUnion(schema, path, route);
      break;
    case "record":
      yield* violations(schema.record as Schema, path, route);
      break;
    case "object":
    case "params":
      yield* ofObject(schema, path, route);
      break;
    case "array":
      yield* ofArray(schema, path, route);
      break;
    default:
      yield* ofLeaf(schema, path);
  }
}

function* ofDefinition(ref: string, path: string, { within, seen }: Route): Generator<Violation> {
  if (seen?.has(ref) === true) return;
  seen?.add(ref);
  const schema = find(ref);
  if (schema.type === "object") {
    const whole = sample(schema, [...within, ref], "small") as object;
    yield { path: `${path}.$type`, rule: "$type", value: { ...whole, $type: "com.example.other" }, strict: true };
  }
  yield* violations(schema, path, { within: [...within, ref], seen });
}

function* ofUnion(schema: Schema, path: string, route: Route): Generator<Violation> {
  yield { path, rule: "type", value: "text" };
  yield { path: `${path}.$type`, rule: "$type", value: {} };
  if (schema.closed === true) yield { path: `${path}.$type`, rule: "closed", value: { $type: "com.example.other" } };
  const ref = memberOf(schema, route.within);
  if (schema.refs?.includes(ref) !== true) return;
  for (const inner of ofDefinition(ref, path, route)) {
    const isWhole = inner.path === path || inner.path === `${path}.$type`;
    if (!isWhole) yield { ...inner, value: { ...(inner.value as object), $type: ref.replace(/^lex:/, "") } };
  }
}

function* ofObject(schema: Schema, path: string, route: Route): Generator<Violation> {
  const { type, properties = {}, required = [], nullable = [] } = schema;
  if (type === "object") {
    yield { path, rule: "type", value: "text" };
    // An array is an object to the oracle, which misses nothing there when nothing is required.
    yield { path, rule: "type", value: ["an array"], strict: required.length === 0 };
  }
  const whole = sample(schema, route.within, "small") as Readonly<Record<string, unknown>>;
  for (const [name, property] of Object.entries(properties)) {
    if (!required.includes(name) && containsItself(property, route.within)) continue;
    const at = `${path}.${name}`;
    if (required.includes(name) && property.default === undefined) {
      const { [name]: _, ...rest } = whole;
      yield { path: at, rule: "required", value: rest };
    }
    if (type === "object" && !nullable.includes(name)) {
      yield { path: at, rule: "type", value: { ...whole, [name]: null } };
    }
    for (const inner of violations(property, at, route)) yield { ...inner, value: { ...whole, [name]: inner.value } };
  }
}

function* ofArray(schema: Schema, path: string, route: Route): Generator<Violation> {
  const { items, minLength, maxLength } = schema;
  const item = sample(items as Schema, route.within, "small");
  yield { path, rule: "type", value: {} };
  if (maxLength !== undefined) {
    const value = Array.from({ length: maxLength + 1 }, () => item);
    yield { path, rule: "maxLength", actual: maxLength + 1, limit: maxLength, value };
  }
  if (minLength !== undefined && minLength > 0) {
    const value = Array.from({ length: minLength - 1 }, () => item);
    yield { path, rule: "minLength", actual: minLength - 1, limit: minLength, value };
  }
  const count = Math.max(1, minLength ?? 1);
  const last = count - 1;
  for (const inner of violations(items as Schema, `${path}[${last}]`, route)) {
    yield { ...inner, value: [...Array.from({ length: last }, () => item), inner.value] };
  }
}

function* ofLeaf(schema: Schema, path: string): Generator<Violation> {
  switch (schema.type) {
    case "string":
      yield { path, rule: "type", value: 5 };
      yield* ofText(schema, path);
      break;
    case "integer": {
      const { minimum, maximum } = schema;
      yield { path, rule: "type", value: "5" };
      if (minimum !== undefined) {
        yield { path, rule: "minimum", actual: minimum - 1, limit: minimum, value: minimum - 1 };
      }
      if (maximum !== undefined) {
        yield { path, rule: "maximum", actual: maximum + 1, limit: maximum, value: maximum + 1 };
      }
      break;
    }
    case "boolean":
      yield { path, rule: "type", value: "true" };
      if (schema.const !== undefined) yield { path, rule: "const", value: schema.const !== true };
      break;
    case "bytes":
      yield { path, rule: "type", value: "bytes" };
      yield* ofBytes(schema, path);
      break;
    case "cid-link":
      yield { path, rule: "type", value: { $link: "none" } };
      break;
    case "blob":
      yield* ofBlob(schema, path);
      break;
    case "unknown":
      yield { path, rule: "type", value: "text" };
  }
}

function* ofText(schema: Schema, path: string): Generator<Violation> {
  const { format, minLength, maxLength, minGraphemes, maxGraphemes } = schema;
  if (schema.const !== undefined) yield { path, rule: "const", value: "other" };
  if (schema.enum !== undefined) yield { path, rule: "enum", value: "other" };
  if (format !== undefined) {
    yield { path, rule: "format", value: "x".repeat(minLength ?? 1).slice(1) + " " };
    if (format === "datetime") yield { path, rule: "format", value: "2026-01-31T12:00:00", strict: true };
    return;
  }
  if (schema.const !== undefined || schema.enum !== undefined) return;
  if (maxGraphemes !== undefined) {
    const actual = maxGraphemes + 1;
    if (maxLength === undefined || actual <= maxLength) {
      yield { path, rule: "maxGraphemes", actual, limit: maxGraphemes, value: "x".repeat(actual) };
    }
  }
  if (maxLength !== undefined) {
    // Many bytes in few graphemes, so that only one rule is broken.
    const families = Math.floor(maxLength / 25) + 1;
    const value = maxGraphemes === undefined ? "x".repeat(maxLength + 1) : family.repeat(families);
    const actual = Buffer.byteLength(value);
    if (maxGraphemes === undefined || families <= maxGraphemes) {
      yield { path, rule: "maxLength", actual, limit: maxLength, value };
    }
  }
  if (minLength !== undefined && minLength > 0 && minGraphemes === undefined) {
    yield { path, rule: "minLength", actual: minLength - 1, limit: minLength, value: "x".repeat(minLength - 1) };
  }
  if (minGraphemes !== undefined && minGraphemes > 0 && minLength === undefined) {
    const actual = minGraphemes - 1;
    yield { path, rule: "minGraphemes", actual, limit: minGraphemes, value: "x".repeat(actual) };
  }
}

function* ofBytes({ minLength, maxLength }: Schema, path: string): Generator<Violation> {
  if (maxLength !== undefined) {
    const actual = maxLength + 1;
    yield { path, rule: "maxLength", actual, limit: maxLength, value: new Uint8Array(actual) };
  }
  if (minLength !== undefined) {
    const actual = minLength - 1;
    yield { path, rule: "minLength", actual, limit: minLength, value: new Uint8Array(actual) };
  }
}

function* ofBlob(schema: Schema, path: string): Generator<Violation> {
  const { accept, maxSize } = schema;
  const blob = sample(schema) as object;
  yield { path, rule: "type", value: {} };
  yield { path, rule: "type", value: { ...blob, ref: { $link: "none" } } };
  if (accept !== undefined && !accept.includes("*/*")) {
    yield { path: `${path}.mimeType`, rule: "accept", value: { ...blob, mimeType: "made/up" }, strict: true };
  }
  if (maxSize !== undefined) {
    const size = maxSize + 1;
    yield { path, rule: "maxSize", actual: size, limit: maxSize, value: { ...blob, size }, strict: true };
  }
}
