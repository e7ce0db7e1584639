import type { Lexicons, Schema } from "./lexicons.ts";
import { UsageError } from "./print-error.ts";

/** Where fields go: the URL, or the body. */
export interface Fields {
  readonly params: Readonly<Record<string, unknown>>;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Reads `key=value` by the lexicon of an endpoint: numbers and booleans become such, a key that is repeated becomes a list, and
 * where an object is wanted its value is JSON. `key:=JSON` is JSON in any case, and may name what the lexicon does not know.
 *
 * @throws UsageError for what does not fit
 */
export function readFields(
  words: readonly string[],
  main: Schema | undefined,
  nsid: string,
  lexicons: Lexicons,
): Fields {
  const fields = { params: {} as Record<string, unknown>, input: {} as Record<string, unknown> };
  const parameters = main?.parameters?.properties ?? {};
  const body = followed(main?.input?.schema, nsid, lexicons).schema?.properties ?? {};
  const known = [...Object.keys(parameters), ...Object.keys(body)];
  for (const word of words) {
    const [, key, operator, text = ""] = /^([^=:\s]+)(:?=)([\s\S]*)$/.exec(word) ?? [];
    if (key === undefined)
      throw new UsageError(`${JSON.stringify(word)} is not key=value. A value of JSON goes as key:=JSON.`);
    const isParameter = Object.hasOwn(parameters, key) || (main?.type ?? "query") !== "procedure";
    const to = isParameter ? fields.params : fields.input;
    const schema = Object.hasOwn(parameters, key) ? parameters[key] : Object.hasOwn(body, key) ? body[key] : undefined;
    if (operator === ":=") {
      to[key] = parsed(key, text);
      continue;
    }
    if (main !== undefined && schema === undefined) throw unknown(nsid, key, known);
    add(to, key, text, schema, nsid, lexicons);
  }
  return fields;
}

function unknown(nsid: string, key: string, known: readonly string[]): UsageError {
  const names = known.length === 0 ? "It takes none" : `It takes ${known.join(", ")}`;
  return new UsageError(`${nsid} knows no ${key}. ${names}. To send it all the same: ${key}:=JSON.`);
}

function add(
  to: Record<string, unknown>,
  key: string,
  text: string,
  schema: Schema | undefined,
  nsid: string,
  lexicons: Lexicons,
): void {
  const { schema: found, nsid: at } = followed(schema, nsid, lexicons);
  const before = to[key];
  if (found?.type === "array") {
    const list = Array.isArray(before) ? (before as unknown[]) : [];
    to[key] = text.startsWith("[")
      ? parsed(key, text)
      : [...list, valueOf(key, text, followed(found.items, at, lexicons).schema)];
  } else if (before === undefined) {
    to[key] = valueOf(key, text, found);
  } else if (found === undefined) {
    to[key] = [before, text].flat();
  } else {
    throw new UsageError(`${key} is given twice, and takes one value.`);
  }
}

/** Past references, to what a value really is. */
function followed(
  schema: Schema | undefined,
  nsid: string,
  lexicons: Lexicons,
): { readonly schema: Schema | undefined; readonly nsid: string } {
  if (schema?.type !== "ref" || schema.ref === undefined) return { schema, nsid };
  const target = lexicons.resolve(schema.ref, nsid);
  return target === undefined ? { schema: undefined, nsid } : followed(target.schema, target.nsid, lexicons);
}

function valueOf(key: string, text: string, schema: Schema | undefined): unknown {
  switch (schema?.type) {
    case undefined:
    case "string":
      return text;
    case "integer":
      if (/^-?\d{1,15}$/.test(text)) return Number(text);
      throw new UsageError(`${key} is a whole number, not ${JSON.stringify(text)}.`);
    case "boolean":
      if (text === "true" || text === "false") return text === "true";
      throw new UsageError(`${key} is true or false, not ${JSON.stringify(text)}.`);
    default:
      return parsed(key, text);
  }
}

/** @throws UsageError for what is not JSON */
export function parsed(key: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${key} is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
