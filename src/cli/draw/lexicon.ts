import type { Document, Schema } from "../lexicons.ts";
import { oneLine } from "../output.ts";
import { style, width } from "../terminal.ts";
import { wrap, wrapHanging } from "./columns.ts";

/** A document for reading: its main definition, or the named one, then the names of the others. */
export function lexiconLines({ id, description, defs }: Document, part?: string): string[] {
  const chosen = part ?? (defs["main"] === undefined ? undefined : "main");
  if (chosen !== undefined) {
    const others = part === undefined ? Object.keys(defs).filter((name) => name !== "main") : [];
    return [...definitionLines(chosen === "main" ? id : `${id}#${chosen}`, defs[chosen]), ...alsoLines(others)];
  }
  return [
    style("bold", id),
    ...paragraph(description, ""),
    ...Object.entries(defs).flatMap(([name, schema]) => ["", ...definitionLines(`#${name}`, schema)]),
  ];
}

const alsoLines = (names: readonly string[]): string[] =>
  names.length === 0 ? [] : ["", `${style("dim", "also defines")} ${names.map((name) => `#${name}`).join(", ")}`];

function definitionLines(name: string, schema: Schema | undefined): string[] {
  if (schema === undefined) return [];
  const { type, description, parameters, input, output, message, record, key, errors = [] } = schema;
  const parts = [
    part("parameters", parameters),
    input && part("input", input.schema, input.encoding),
    output && part("output", output.schema, output.encoding),
    message && part("message", message.schema),
    record && part(`record, key ${key ?? "any"}`, record),
  ];
  const own = schema.properties === undefined && parts.every((one) => one === undefined || one.length === 0);
  return [
    `${style("bold", oneLine(name))} ${style("dim", type)}`,
    ...paragraph(description, ""),
    ...(schema.properties === undefined ? [] : fieldLines(schema, "  ")),
    ...(own && type !== "query" && type !== "procedure" && type !== "object"
      ? [`  ${typeText(schema)}${limitsText(schema)}`]
      : []),
    ...parts.flatMap((one) => one ?? []),
    ...(errors.length === 0 ? [] : ["", style("underline", "errors")]),
    ...errors.flatMap((error) => [`  ${style("red", oneLine(error.name))}`, ...paragraph(error.description, "    ")]),
  ];
}

/** A titled list of fields; nothing where there are none. */
function part(title: string, schema: Schema | undefined, encoding?: string): string[] | undefined {
  const isJson = encoding === undefined || encoding === "application/json";
  if (schema === undefined && isJson) return undefined;
  const fields = schema?.properties === undefined ? [] : fieldLines(schema, "  ");
  const whole = schema === undefined || schema.properties !== undefined ? [] : [`  ${typeText(schema)}`];
  return [
    "",
    `${style("underline", title)}${isJson ? "" : ` ${encoding}`}`,
    ...paragraph(schema?.description, "  "),
    ...fields,
    ...whole,
  ];
}

function fieldLines({ properties = {}, required = [], nullable = [] }: Schema, indent: string): string[] {
  const longest = Math.max(0, ...Object.keys(properties).map((name) => name.length));
  return Object.entries(properties).flatMap(([name, schema]) => {
    const isRequired = required.includes(name);
    const title = `${style(isRequired ? "bold" : "cyan", oneLine(name))}${" ".repeat(longest - name.length)}`;
    const facts = [isRequired ? "required" : "", nullable.includes(name) ? "or null" : ""].filter(Boolean);
    const head = `${indent}${title}  ${typeText(schema)}${limitsText(schema)}${facts.map((fact) => `, ${fact}`).join("")}`;
    return [
      ...wrapHanging(head, width(), indent.length + longest + 2),
      ...paragraph(schema.description, `${indent}${" ".repeat(longest + 2)}`),
    ];
  });
}

function typeText(schema: Schema | undefined): string {
  switch (schema?.type) {
    case "array":
      return `list of ${typeText(schema.items)}`;
    case "ref":
      return String(schema.ref);
    case "union":
      return `${schema.refs?.join(" | ") ?? ""}${schema.closed === true ? "" : " | …"}`;
    case "string":
      return typeof schema["format"] === "string" ? schema["format"] : "string";
    default:
      return schema?.type ?? "unknown";
  }
}

/** Constraints in words; what a field is by default last. */
function limitsText(schema: Schema): string {
  const of = schema.type === "array" ? { ...schema.items, ...schema } : schema;
  const names: readonly (readonly [string, string])[] = [
    ["minimum", "at least"],
    ["maximum", "at most"],
    ["minLength", "length at least"],
    ["maxLength", "length at most"],
    ["maxGraphemes", "graphemes at most"],
    ["maxSize", "bytes at most"],
    ["accept", "of"],
    ["enum", "one of"],
    ["knownValues", "such as"],
    ["const", "always"],
    ["default", "default"],
  ];
  return names
    .filter(([name]) => of[name] !== undefined)
    .map(([name, words]) => {
      const value = of[name];
      return `, ${words} ${Array.isArray(value) ? value.join(", ") : String(value)}`;
    })
    .join("");
}

const paragraph = (text: string | undefined, indent: string): string[] =>
  text === undefined ? [] : wrap(text, width() - indent.length).map((line) => indent + style("dim", line));
