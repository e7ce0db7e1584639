import { accepts } from "../core/http/accept.ts";
import type { Issue, Rule } from "../core/lexicon/issue.ts";
import type { FacetRange } from "../richtext/check-facets.ts";
import { checkFacets } from "../richtext/check-facets.ts";
import { countGraphemes } from "../richtext/graphemes.ts";
import { formatExamples, hasFormat } from "./formats.ts";
import { MAX_ISSUES, tooFew, tooMany } from "./issues.ts";
import type { Schema } from "./schema.ts";
import { annotatedTexts, isTyped, typeOfRef } from "./schema.ts";
import type { Fields } from "./values.ts";
import { isBlob, isLink, isObject, ownMember } from "./values.ts";

/**
 * Goes through a value and finds everything that its schema refuses. References to what is not known are passed over. `strict`
 * is the reading of servers, for what is sent to them; answers are read as `@atproto/lexicon` does.
 */
export class Walk {
  readonly issues: Issue[] = [];
  readonly #find: (ref: string) => Schema | undefined;
  readonly #strict: boolean;
  #passedOver = false;

  constructor(find: (ref: string) => Schema | undefined, strict: boolean) {
    this.#find = find;
    this.#strict = strict;
  }

  /** There is a member of a union that `@atproto/lexicon` knows by another name, and servers do not. */
  get passedOver(): boolean {
    return this.#passedOver;
  }

  check(schema: Schema, value: unknown, path: string): void {
    if (this.issues.length >= MAX_ISSUES) return;
    switch (schema.type) {
      case "ref":
        return this.#follow(schema.ref, value, path);
      case "union":
        return this.#union(schema, value, path);
      case "record":
        return schema.record === undefined ? undefined : this.check(schema.record, value, path);
      case "object":
      case "params":
        return this.#object(schema, value, path);
      case "array":
        return this.#array(schema, value, path);
      case "string":
        return typeof value === "string" ? this.#string(schema, value, path) : this.#wrongType("a string", value, path);
      case "integer":
        return Number.isInteger(value)
          ? this.#integer(schema, value as number, path)
          : this.#wrongType("an integer", value, path);
      case "boolean":
        return typeof value === "boolean"
          ? this.#fixed(schema, value, path)
          : this.#wrongType("a boolean", value, path);
      case "bytes":
        return value instanceof Uint8Array ? this.#bytes(schema, value, path) : this.#wrongType("bytes", value, path);
      case "cid-link":
        return isLink(value) ? undefined : this.#wrongType("a link, { $link: cid }", value, path);
      case "blob":
        return this.#blob(schema, value, path);
      case "unknown":
        if (!this.#isUnknownObject(value)) this.#wrongType("an object", value, path);
    }
  }

  /** Servers take objects, `@atproto/lexicon` whatever JavaScript calls one. */
  #isUnknownObject(value: unknown): boolean {
    return this.#strict ? isObject(value) && !isLink(value) : value !== null && typeof value === "object";
  }

  #add(path: string, rule: Rule, message: string): void {
    this.issues.push({ path, rule, message });
  }

  #wrongType(wanted: string, value: unknown, path: string): void {
    this.#add(path, "type", `must be ${wanted}, not ${kindOf(value)}`);
  }

  #follow(ref: string | undefined, value: unknown, path: string): void {
    const schema = ref === undefined ? undefined : this.#find(ref);
    if (ref === undefined || schema === undefined) return;
    if (this.#strict && isTyped(schema) && isObject(value) && value.$type !== undefined) {
      const type = typeOfRef(ref);
      if (value.$type !== type) {
        return this.#add(
          `${path}.$type`,
          "$type",
          `is ${quoted(value.$type)}; here it is ${quoted(type)}, or left out`,
        );
      }
    }
    this.check(schema, value, path);
  }

  #union({ refs = [], closed = false }: Schema, value: unknown, path: string): void {
    if (!isObject(value)) return this.#wrongType("an object with $type", value, path);
    const { $type } = value;
    if (typeof $type !== "string") {
      return this.#add(`${path}.$type`, "$type", `is missing; it says which of ${listed(refs)} this is`);
    }
    // Servers know each member by one name only. What has another one is a member that they do not know.
    const isUnusual = typeOfRef($type) !== $type;
    const isKnown = !(isUnusual && this.#strict) && $type.split("#").length <= 2;
    const ref = isKnown ? refs.find((one) => typeOfRef(one) === typeOfRef($type)) : undefined;
    this.#passedOver ||= isUnusual && this.#strict;
    if (ref !== undefined) this.#follow(ref, value, path);
    else if (closed) this.#add(`${path}.$type`, "closed", `is ${quoted($type)}; ${listed(refs)} are allowed`);
  }

  #object({ properties = {}, required = [], nullable = [] }: Schema, value: unknown, path: string): void {
    if (!isObject(value)) return this.#wrongType("an object", value, path);
    const before = this.issues.length;
    for (const key in properties) {
      const property = properties[key] as Schema;
      const member = ownMember(value, key);
      if (member === undefined) {
        if (property.default === undefined && required.includes(key)) {
          this.#add(`${path}.${key}`, "required", "is missing");
        }
      } else if (member !== null || !nullable.includes(key)) {
        this.check(property, member, `${path}.${key}`);
      }
    }
    if (this.#strict && this.issues.length === before) this.#facets(properties, value, path);
  }

  /** Only of a value that is right otherwise, so that facets and text are what they should be. */
  #facets(properties: Readonly<Record<string, Schema>>, value: Fields, path: string): void {
    for (const [facets, text] of annotatedTexts(properties)) {
      if (value[facets] === undefined) continue;
      const ranges = value[facets] as readonly FacetRange[];
      this.issues.push(...checkFacets((value[text] ?? "") as string, ranges, `${path}.${facets}`));
    }
  }

  #array({ items, minLength, maxLength }: Schema, value: unknown, path: string): void {
    if (!Array.isArray(value)) return this.#wrongType("an array", value, path);
    const { length } = value;
    if (maxLength !== undefined && length > maxLength) {
      this.issues.push(tooMany(path, "maxLength", length, maxLength, "items"));
    }
    if (minLength !== undefined && length < minLength) {
      this.issues.push(tooFew(path, "minLength", length, minLength, "items"));
    }
    if (items !== undefined) for (let at = 0; at < length; at++) this.check(items, value[at], `${path}[${at}]`);
  }

  #string(schema: Schema, value: string, path: string): void {
    this.#fixed(schema, value, path);
    const { minLength, maxLength, minGraphemes, maxGraphemes, format } = schema;
    // A UTF-16 unit takes three bytes at most, and a grapheme one unit at least: most texts need no counting.
    if (minLength !== undefined || (maxLength !== undefined && value.length * 3 > maxLength)) {
      const bytes = Buffer.byteLength(value);
      if (maxLength !== undefined && bytes > maxLength) {
        this.issues.push(tooMany(path, "maxLength", bytes, maxLength, "bytes"));
      }
      if (minLength !== undefined && bytes < minLength) {
        this.issues.push(tooFew(path, "minLength", bytes, minLength, "bytes"));
      }
    }
    if (minGraphemes !== undefined || (maxGraphemes !== undefined && value.length > maxGraphemes)) {
      const graphemes = countGraphemes(value);
      if (maxGraphemes !== undefined && graphemes > maxGraphemes) {
        this.issues.push(tooMany(path, "maxGraphemes", graphemes, maxGraphemes, "graphemes"));
      }
      if (minGraphemes !== undefined && graphemes < minGraphemes) {
        this.issues.push(tooFew(path, "minGraphemes", graphemes, minGraphemes, "graphemes"));
      }
    }
    if (format !== undefined) this.#format(format, value, path);
  }

  #format(format: string, value: string, path: string): void {
    if (!hasFormat(format, value, this.#strict))
      this.#add(path, "format", `must be ${formatExamples[format] ?? format}, not ${quoted(value)}`);
  }

  #integer(schema: Schema, value: number, path: string): void {
    this.#fixed(schema, value, path);
    const { minimum, maximum } = schema;
    if (maximum !== undefined && value > maximum) {
      const message = `is ${value}, at most ${maximum} is allowed`;
      this.issues.push({ path, rule: "maximum", message, actual: value, limit: maximum });
    }
    if (minimum !== undefined && value < minimum) {
      const message = `is ${value}, at least ${minimum} is needed`;
      this.issues.push({ path, rule: "minimum", message, actual: value, limit: minimum });
    }
  }

  #fixed({ const: only, enum: values }: Schema, value: unknown, path: string): void {
    if (only !== undefined && value !== only) this.#add(path, "const", `must be ${quoted(only)}, not ${quoted(value)}`);
    if (values !== undefined && !values.includes(value)) {
      this.#add(path, "enum", `must be one of ${values.map(quoted).join(", ")}, not ${quoted(value)}`);
    }
  }

  #bytes({ minLength, maxLength }: Schema, { length }: Uint8Array, path: string): void {
    if (maxLength !== undefined && length > maxLength) {
      this.issues.push(tooMany(path, "maxLength", length, maxLength, "bytes"));
    }
    if (minLength !== undefined && length < minLength) {
      this.issues.push(tooFew(path, "minLength", length, minLength, "bytes"));
    }
  }

  /** `@atproto/lexicon` looks at neither kind nor size of a blob, servers do. */
  #blob({ accept, maxSize }: Schema, value: unknown, path: string): void {
    if (!isBlob(value)) {
      const wanted = 'a blob as uploadBlob gives it, { $type: "blob", ref, mimeType, size }';
      return this.#wrongType(wanted, value, path);
    }
    if (!this.#strict) return;
    const { mimeType, size } = value;
    if (accept !== undefined && !accepts(accept, mimeType)) {
      this.#add(`${path}.mimeType`, "accept", `is ${quoted(mimeType)}; ${accept.join(", ")} are allowed`);
    }
    if (maxSize !== undefined && size > maxSize) {
      this.issues.push(tooMany(path, "maxSize", size, maxSize, "bytes"));
    }
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (value instanceof Uint8Array) return "bytes";
  if (typeof value === "number") return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Characters of a value that a message shows */
const SHOWN = 80;

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

const listed = (refs: readonly string[]): string => refs.map((ref) => ref.replace(/^lex:/, "")).join(", ");
