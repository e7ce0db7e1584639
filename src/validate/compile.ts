import { accepts } from "../core/http/accept.ts";
import { checkFacets } from "../richtext/check-facets.ts";
import type { FacetRange } from "../richtext/check-facets.ts";
import { countGraphemes } from "../richtext/graphemes.ts";
import { hasFormat } from "./formats.ts";
import type { Schema } from "./schema.ts";
import { annotatedTexts, isTyped, typeOfRef } from "./schema.ts";
import type { Fields, TypedBlob } from "./values.ts";
import { isInherited, isObject, isUsualBlob, isUsualLink } from "./values.ts";

/** Whether a value is right for certain. */
export type Check = (value: unknown) => boolean;

const undecided: Check = () => false;

/**
 * Makes functions of schemas, which say yes to a value that `@atproto/lexicon` and the walk have nothing against, ten times as
 * fast. Their no says nothing yet: what is unusual is left to those two, as is what to say of a value that is wrong.
 */
export class Compiler {
  readonly #find: (ref: string) => Schema | undefined;
  readonly #strict: boolean;
  readonly #checks = new Map<Schema, Check>();

  /** @param strict as the walk has it */
  constructor(find: (ref: string) => Schema | undefined, strict: boolean) {
    this.#find = find;
    this.#strict = strict;
  }

  of(schema: Schema): Check {
    let check = this.#checks.get(schema);
    if (check === undefined) this.#checks.set(schema, (check = this.#compile(schema)));
    return check;
  }

  #compile(schema: Schema): Check {
    switch (schema.type) {
      case "ref":
        return this.#reference(schema.ref);
      case "union":
        return this.#union(schema);
      case "object":
      case "params":
        return this.#object(schema);
      case "array":
        return this.#array(schema);
      case "string":
        return all(isText, fixed(schema), textLengths(schema), graphemes(schema), this.#format(schema.format));
      case "integer":
        return all(Number.isInteger, fixed(schema), range(schema));
      case "boolean":
        return all(isBoolean, fixed(schema));
      case "bytes":
        return all(isBytes, byteLengths(schema));
      case "cid-link":
        return isUsualLink;
      case "blob":
        return all(isUsualBlob, this.#strict ? blobLimits(schema) : undefined);
      case "unknown":
        return this.#strict ? isPlainObject : isSomething;
      default:
        return undecided;
    }
  }

  /** What it refers to is compiled when a value gets there: definitions refer to each other, and to themselves. */
  #reference(ref: string | undefined): Check {
    let check: Check | undefined;
    const resolve = (): Check => {
      const schema = ref === undefined ? undefined : this.#find(ref);
      if (ref === undefined || schema === undefined) return undecided;
      return all(this.of(schema), this.#strict && isTyped(schema) ? typeFits(typeOfRef(ref)) : undefined);
    };
    return (value) => (check ??= resolve())(value);
  }

  #union({ refs = [], closed = false }: Schema): Check {
    const members = new Map<unknown, Check>();
    for (const ref of refs) members.set(typeOfRef(ref), this.#reference(ref));
    return (value) => {
      if (!isObject(value)) return false;
      const { $type } = value;
      const check = members.get($type);
      if (check !== undefined) return check(value);
      // Other ways to write a known type, and what becomes a blob when it is read, are unusual.
      return !closed && typeof $type === "string" && $type !== "blob" && typeOfRef($type) === $type;
    };
  }

  #object({ properties = {}, required = [], nullable = [] }: Schema): Check {
    const members = Object.entries(properties).map(([key, property]) => ({
      key,
      check: this.of(property),
      isRequired: required.includes(key),
      isNullable: nullable.includes(key),
      isHidden: isInherited(key),
    }));
    const fits: Check = (value) => {
      // Whatever becomes a link or a blob when it is read is no object any more.
      if (!isObject(value) || value.$link !== undefined || value.$type === "blob") return false;
      for (const { key, check, isRequired, isNullable, isHidden } of members) {
        const member = isHidden && !Object.hasOwn(value, key) ? undefined : value[key];
        if (member === undefined) {
          if (isRequired) return false;
        } else if (!(member === null && isNullable) && !check(member)) {
          return false;
        }
      }
      return true;
    };
    return all(fits, this.#strict ? facetsFit(properties) : undefined);
  }

  #array({ items, minLength = 0, maxLength = Infinity }: Schema): Check {
    if (items === undefined) return undecided;
    const check = this.of(items);
    return (value) => {
      if (!Array.isArray(value) || value.length < minLength || value.length > maxLength) return false;
      for (const item of value) if (!check(item)) return false;
      return true;
    };
  }

  #format(format: string | undefined): Check | undefined {
    return format === undefined ? undefined : (value) => hasFormat(format, value as string, this.#strict);
  }
}

const isText: Check = (value) => typeof value === "string";
const isBoolean: Check = (value) => typeof value === "boolean";
const isBytes: Check = (value) => value instanceof Uint8Array;
const isSomething: Check = (value) => value !== null && typeof value === "object";

/** What has `$link` may be a link, which is no object to servers. */
const isPlainObject: Check = (value) => isObject(value) && value.$link === undefined;

const typeFits =
  (type: string): Check =>
  (value) => {
    const { $type } = value as Fields;
    return $type === undefined || $type === type;
  };

/** Each check may rely on those before it. */
function all(first: Check, ...others: readonly (Check | undefined)[]): Check {
  return others.reduce<Check>(
    (before, check) => (check === undefined ? before : (value) => before(value) && check(value)),
    first,
  );
}

function fixed({ const: only, enum: values }: Schema): Check | undefined {
  if (only !== undefined) return (value) => value === only && values?.includes(value) !== false;
  return values === undefined ? undefined : (value) => values.includes(value);
}

function range({ minimum = -Infinity, maximum = Infinity }: Schema): Check {
  return (value) => (value as number) >= minimum && (value as number) <= maximum;
}

/** A UTF-16 unit takes three bytes at most, and a grapheme one unit at least: most texts need no counting. */
function textLengths({ minLength = 0, maxLength = Infinity }: Schema): Check | undefined {
  if (minLength === 0 && maxLength === Infinity) return undefined;
  return (value) => {
    const text = value as string;
    if (minLength <= text.length && text.length * 3 <= maxLength) return true;
    const bytes = Buffer.byteLength(text);
    return bytes >= minLength && bytes <= maxLength;
  };
}

function graphemes({ minGraphemes = 0, maxGraphemes = Infinity }: Schema): Check | undefined {
  if (minGraphemes === 0 && maxGraphemes === Infinity) return undefined;
  return (value) => {
    const text = value as string;
    if (minGraphemes === 0 && text.length <= maxGraphemes) return true;
    const count = countGraphemes(text);
    return count >= minGraphemes && count <= maxGraphemes;
  };
}

function byteLengths({ minLength = 0, maxLength = Infinity }: Schema): Check {
  return (value) => {
    const { length } = value as Uint8Array;
    return length >= minLength && length <= maxLength;
  };
}

function blobLimits({ accept, maxSize = Infinity }: Schema): Check {
  return (value) => {
    const { mimeType, size } = value as TypedBlob;
    return size <= maxSize && accepts(accept, mimeType);
  };
}

function facetsFit(properties: Readonly<Record<string, Schema>>): Check | undefined {
  const annotated = annotatedTexts(properties);
  if (annotated.length === 0) return undefined;
  return (value) =>
    annotated.every(([facets, text]) => {
      const { [facets]: ranges, [text]: of } = value as Fields;
      if (ranges === undefined) return true;
      return checkFacets((of ?? "") as string, ranges as readonly FacetRange[], "").length === 0;
    });
}
