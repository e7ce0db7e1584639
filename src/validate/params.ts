import type { Schema } from "./schema.ts";

/**
 * Reads the parameters of a URL as a server does, by what the lexicon says of each: text that is no number stays text, which
 * is refused then. https://atproto.com/specs/xrpc#lexicon-http-endpoints
 */
export function decodeParams(path: string, schema: Schema): Record<string, unknown> {
  const [, query = ""] = path.split("?", 2);
  const given = new URLSearchParams(query);
  const params: Record<string, unknown> = {};
  for (const [name, { type, items }] of Object.entries(schema.properties ?? {})) {
    const texts = given.getAll(name);
    if (texts.length === 0) continue;
    params[name] =
      type === "array" ? texts.map((text) => decode(text, items?.type)) : decode(texts.at(-1) as string, type);
  }
  return params;
}

function decode(text: string, type: string | undefined): unknown {
  if (type === "integer") return /^-?\d+$/.test(text) ? Number(text) : text;
  if (type === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
}
