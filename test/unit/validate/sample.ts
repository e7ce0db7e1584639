import type { LexiconDoc } from "@atproto/lexicon";
import { Lexicons } from "@atproto/lexicon";
import type { Schema } from "../../../src/validate/schema.ts";
import { withFacts } from "../../../codegen/facts.ts";
import { loadFolder } from "../../../codegen/load.ts";

/** A link to raw bytes, as blobs have */
export const rawCid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

/** Every official document, with the facts that it does not state. `Lexicons` writes into what it is given. */
export const officialDocuments = loadFolder("lexicons/official", "official").map((one) => withFacts(one).json);
export const official = new Lexicons(structuredClone(officialDocuments) as unknown as LexiconDoc[]);

export const formats: Readonly<Record<string, string>> = {
  "at-identifier": "alice.test",
  "at-uri": "at://did:plc:z72i7hdynmk6r22z27h6tvur/app.bsky.feed.post/3l6oveex3ii2l",
  cid: rawCid,
  datetime: "2026-01-31T12:00:00.000Z",
  did: "did:plc:z72i7hdynmk6r22z27h6tvur",
  handle: "alice.test",
  language: "pt-BR",
  nsid: "app.bsky.feed.post",
  "record-key": "self",
  tid: "3l6oveex3ii2l",
  uri: "https://example.com",
};

export const find = (ref: string): Schema => official.getDefOrThrow(ref) as unknown as Schema;

/** How much of what is optional a sample has. */
type Extent = "full" | "small";

/** What facets lie in */
const texts = new Set(["text", "description"]);

/** A right value: with every optional property but those that would contain themselves, or with none. */
export function sample(schema: Schema, within: readonly string[] = [], extent: Extent = "full"): unknown {
  const { type, minLength = 0, minGraphemes = 0, minimum = 1, maximum = minimum } = schema;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  switch (type) {
    case "ref":
      return sample(find(schema.ref as string), [...within, schema.ref as string], extent);
    case "union":
      return memberSample(schema, within, extent);
    case "record":
      return sample(schema.record as Schema, within, extent);
    case "object":
    case "params":
      return objectSample(schema, within, extent);
    case "array":
      return Array.from({ length: Math.max(1, minLength) }, () => sample(schema.items as Schema, within, extent));
    case "string":
      return schema.format === undefined ? "x".repeat(Math.max(1, minLength, minGraphemes)) : formats[schema.format];
    case "integer":
      return Math.min(Math.max(1, minimum), Math.max(1, maximum));
    case "boolean":
      return true;
    case "bytes":
      return new Uint8Array(Math.max(1, minLength));
    case "cid-link":
      return { $link: rawCid };
    case "blob":
      return { $type: "blob", ref: { $link: rawCid }, mimeType: mimeType(schema), size: 1 };
    case "token":
      return "x";
    case "unknown":
      return {};
    default:
      throw new Error(`no sample for ${type}`);
  }
}

const mimeType = ({ accept: [first = "image/png"] = [] }: Schema): string => first.replace("*", "png");

export const memberOf = ({ refs = [] }: Schema, within: readonly string[]): string =>
  refs.find((ref) => !within.includes(ref)) ?? "lex:com.example.unknown";

function memberSample(schema: Schema, within: readonly string[], extent: Extent): unknown {
  const ref = memberOf(schema, within);
  const known = schema.refs?.includes(ref) === true;
  const inner = known ? sample(find(ref), [...within, ref], extent) : {};
  return { ...(inner as object), $type: ref.replace(/^lex:/, "") };
}

function objectSample({ properties = {}, required = [] }: Schema, within: readonly string[], extent: Extent): unknown {
  const value: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    const optional = !required.includes(name);
    if (optional && (containsItself(property, within) || (extent === "small" && !texts.has(name)))) continue;
    // A facet covers something of a text that is one character long.
    value[name] = name === "byteStart" ? 0 : sample(property, within, extent);
  }
  return value;
}

export function containsItself(property: Schema, within: readonly string[]): boolean {
  const inner = property.type === "array" ? (property.items as Schema) : property;
  if (inner.type === "ref") return within.includes(inner.ref as string);
  return inner.type === "union" && (inner.refs ?? []).every((ref) => within.includes(ref));
}
