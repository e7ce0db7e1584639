import { ValidationError } from "../errors/index.ts";
import { isoOf } from "../http/request.ts";

/**
 * The JSON form of the atproto data model: bytes travel as `{ "$bytes": base64 }`, links as `{ "$link": cid }`, blobs as
 * objects with `$type: "blob"`. https://atproto.com/specs/data-model#json-representation
 */

function refuse(path: string, message: string): never {
  throw new ValidationError(`${path} ${message}. Nothing was sent.`, { issues: [{ path, message }] });
}

/** Objects and arrays within each other */
const DEEPEST = 500;

const dateToString = (date: Date, path: string): string => isoOf(date) ?? refuse(path, "is an invalid date");

/**
 * Copies a value into what JSON can hold. `undefined` members are left out, dates become ISO strings. A copy of a copy is
 * the same.
 *
 * @throws ValidationError naming the place of anything JSON would drop or distort
 */
export function toJson(value: unknown, path: string, ancestors: readonly object[] = []): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return value;
    case "number":
      return Number.isFinite(value) ? value : refuse(path, `is ${value}, which JSON cannot hold`);
    case "object":
      if (ancestors.length > DEEPEST) refuse(path, `is more than ${DEEPEST} levels deep, which no server reads`);
      return value === null ? null : objectToJson(value, path, ancestors);
    default:
      return refuse(path, `is a ${typeof value}, which JSON cannot hold`);
  }
}

function objectToJson(value: object, path: string, ancestors: readonly object[]): unknown {
  if (value instanceof Uint8Array) {
    return {
      $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        .toString("base64")
        .replace(/={1,2}$/, ""),
    };
  }
  if (value instanceof Date) return dateToString(value, path);
  if (ancestors.includes(value)) return refuse(path, "contains itself");
  const within = [...ancestors, value];
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      item === undefined ? refuse(`${path}[${index}]`, "is undefined") : toJson(item, `${path}[${index}]`, within),
    );
  }
  // The class of links that official packages use: https://github.com/multiformats/js-multiformats
  if ("asCID" in value && value.asCID === value) return { $link: String(value) };
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return toJson((value.toJSON as () => unknown)(), path, within);
  }
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return refuse(path, `is a ${value.constructor.name}, which JSON cannot hold`);
  }
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const copied = toJson(member, `${path}.${key}`, within);
    // An assignment to this name sets the prototype, and the member would be lost.
    if (key === "__proto__") Object.defineProperty(copy, key, { value: copied, enumerable: true });
    else copy[key] = copied;
  }
  return copy;
}

/**
 * Writes a value as atproto JSON. The value is not changed.
 *
 * @throws ValidationError naming the place of anything JSON cannot hold
 */
export function encodeJson(value: unknown, path: string): string {
  return JSON.stringify(toJson(value, path));
}

/**
 * Reads atproto JSON.
 *
 * @throws SyntaxError when it is not JSON
 */
export function decodeJson(text: string): unknown {
  // Few answers hold bytes: looking for the key is far cheaper than visiting every value.
  return text.includes('"$bytes"') ? JSON.parse(text, reviveBytes) : JSON.parse(text);
}

function reviveBytes(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || !("$bytes" in value)) return value;
  if (typeof value.$bytes !== "string" || Object.keys(value).length !== 1) return value;
  return new Uint8Array(Buffer.from(value.$bytes, "base64"));
}
