import { asText, keywordsOf } from "./keywords.ts";
import type { Docs, JsonObject } from "./model.ts";

/** Constraints that TypeScript cannot express, in the order they are printed, with their unit. */
const constraints: readonly (readonly [keyword: string, unit: Readonly<Record<string, string>>])[] = [
  ["default", {}],
  ["minimum", {}],
  ["maximum", {}],
  ["minLength", { string: "bytes", bytes: "bytes", array: "items" }],
  ["maxLength", { string: "bytes", bytes: "bytes", array: "items" }],
  ["minGraphemes", {}],
  ["maxGraphemes", {}],
  ["accept", {}],
  ["maxSize", { blob: "bytes" }],
];

/** Collects what documentation says of a definition: its description, and its constraints as tags. */
export function docsOf(json: JsonObject): Docs {
  const description = asText(json.description)?.trim();
  const tags: (readonly [string, string])[] = [];
  const allowed = keywordsOf(String(json.type));
  for (const [keyword, units] of constraints) {
    const value = allowed.includes(keyword) ? json[keyword] : undefined;
    if (value === undefined || value === null || (typeof value === "object" && !Array.isArray(value))) continue;
    const text = Array.isArray(value)
      ? value.join(", ")
      : typeof value === "string"
        ? JSON.stringify(value)
        : String(value);
    const unit = units[String(json.type)];
    tags.push([keyword, unit === undefined ? text : `${text} ${unit}`]);
  }
  if (json.type === "array" && json.items !== null && typeof json.items === "object") {
    const inner = docsOf(json.items as JsonObject).tags.filter(([tag]) => tag !== "deprecated" && tag !== "items");
    if (inner.length > 0) tags.push(["items", inner.map((tag) => tag.join(" ")).join(", ")]);
  }
  if (description !== undefined && /^\W*deprecated\b/i.test(description)) tags.push(["deprecated", ""]);
  return { description: description === "" ? undefined : description, tags };
}

export const noDocs: Docs = { description: undefined, tags: [] };

/** Adds tags after those there are. */
export const withTags = (docs: Docs, tags: Docs["tags"]): Docs => ({ ...docs, tags: [...docs.tags, ...tags] });

/** Text that may stand inside a comment. */
const safe = (text: string): string => text.replaceAll("*/", "*\\/").replaceAll("\r\n", "\n");

/** Writes documentation as the body of a comment; `undefined` when there is nothing to say. */
export function commentText({ description, tags }: Docs): string | undefined {
  const lines = tags.map(([tag, text]) => `@${tag}${text === "" ? "" : ` ${text}`}`);
  if (description !== undefined) lines.unshift(description);
  return lines.length === 0 ? undefined : safe(lines.join("\n"));
}
