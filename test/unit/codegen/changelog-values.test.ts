import { describe, expect, it } from "vitest";
import type { Change } from "../../../codegen/change.ts";
import type { Json, JsonObject } from "../../../codegen/model.ts";
import { compare, integer, json, line, main, nsid, object, string, union } from "./changes.ts";

const homes: readonly (readonly [name: string, pointer: string, home: (schema: JsonObject) => JsonObject])[] = [
  ["sent", "/defs/main/input/schema", (schema) => main({ type: "procedure", input: json(schema) })],
  ["received", "/defs/main/output/schema", (schema) => main({ type: "query", output: json(schema) })],
  ["both", "/defs/main/record", (record) => main({ type: "record", key: "tid", record })],
];

type Effects = readonly [sent: Change["effect"], received: Change["effect"], both: Change["effect"]];
const harmless: Effects = ["compatible", "compatible", "compatible"];
const breaking: Effects = ["breaking", "breaking", "breaking"];
const stricter: Effects = ["breaking", "compatible", "breaking"];
const looser: Effects = ["compatible", "breaking", "breaking"];
const documentation: Effects = ["documentation", "documentation", "documentation"];

const blob = (...accept: readonly string[]): JsonObject => ({ type: "blob", accept });

/** Changes of the property `p`: keyword that is named, before, after, effects. */
const properties: readonly (readonly [
  name: string,
  at: string,
  kind: Change["kind"],
  from: Json | undefined,
  to: Json | undefined,
  Effects,
])[] = [
  ["a new property", "", "added", undefined, string(), harmless],
  ["a property that is gone", "", "removed", string(), undefined, breaking],
  ["another type", "", "changed", string(), integer(), breaking],
  ["a format appears", "/format", "changed", string(), string({ format: "did" }), stricter],
  ["a format goes", "/format", "changed", string({ format: "did" }), string(), looser],
  ["a wider format", "/format", "changed", string({ format: "handle" }), string({ format: "at-identifier" }), looser],
  ["a narrower format", "/format", "changed", string({ format: "record-key" }), string({ format: "tid" }), stricter],
  ["another format", "/format", "changed", string({ format: "did" }), string({ format: "handle" }), breaking],
  ["a longer maximum", "/maxLength", "changed", string({ maxLength: 1 }), string({ maxLength: 2 }), harmless],
  ["a shorter maximum", "/maxLength", "changed", string({ maxLength: 2 }), string({ maxLength: 1 }), stricter],
  ["a maximum appears", "/maxGraphemes", "changed", string(), string({ maxGraphemes: 9 }), stricter],
  ["a maximum goes", "/maximum", "changed", integer({ maximum: 9 }), integer(), harmless],
  ["a higher minimum", "/minimum", "changed", integer({ minimum: 0 }), integer({ minimum: 1 }), stricter],
  ["a lower minimum", "/minimum", "changed", integer({ minimum: 1 }), integer({ minimum: 0 }), harmless],
  ["a minimum that says nothing", "/minLength", "changed", string(), string({ minLength: 0 }), harmless],
  ["a smaller blob", "/maxSize", "changed", { type: "blob", maxSize: 9 }, { type: "blob", maxSize: 8 }, stricter],
  ["another value in an enum", "/enum", "added", string({ enum: ["x"] }), string({ enum: ["x", "y"] }), looser],
  ["a value less in an enum", "/enum", "removed", string({ enum: ["x", "y"] }), string({ enum: ["x"] }), breaking],
  ["an enum appears", "/enum", "changed", string(), string({ enum: ["x"] }), stricter],
  ["an enum goes", "/enum", "changed", string({ enum: ["x"] }), string(), looser],
  ["a const appears", "/const", "changed", { type: "boolean" }, { type: "boolean", const: true }, stricter],
  ["a const goes", "/const", "changed", integer({ const: 1 }), integer(), looser],
  ["a const becomes an enum with it", "/enum", "added", string({ const: "x" }), string({ enum: ["x", "y"] }), looser],
  ["another known value", "/knownValues", "changed", string(), string({ knownValues: ["x"] }), harmless],
  ["another default", "/default", "changed", integer({ default: 1 }), integer({ default: 2 }), harmless],
  ["another description", "/description", "changed", string(), string({ description: "It." }), documentation],
  ["a type of file more", "/accept", "changed", blob("image/png"), blob("image/png", "image/gif"), harmless],
  ["a type of file less", "/accept", "changed", blob("image/*"), blob("image/png"), stricter],
  ["a range of files for its members", "/accept", "changed", blob("image/png"), blob("image/*"), harmless],
  [
    "the same reference, written out",
    "",
    "changed",
    { type: "ref", ref: "#a" },
    { type: "ref", ref: `${nsid}#a` },
    harmless,
  ],
  ["another reference", "/ref", "changed", { type: "ref", ref: "#a" }, { type: "ref", ref: "#b" }, breaking],
  ["a member more in an open union", "/refs", "added", union(["#a"]), union(["#a", "#b"]), harmless],
  ["a member more in a closed union", "/refs", "added", union(["#a"], true), union(["#a", "#b"], true), looser],
  ["a member less in a union", "/refs", "removed", union(["#a", "#b"]), union(["#a"]), breaking],
  ["a union is closed", "/closed", "changed", union(["#a"]), union(["#a"], true), stricter],
  ["a union is opened", "/closed", "changed", union(["#a"], true), union(["#a"]), looser],
  [
    "items get stricter",
    "/items/maxLength",
    "changed",
    { type: "array", items: string() },
    { type: "array", items: string({ maxLength: 1 }) },
    stricter,
  ],
];

const holding = (p: Json | undefined): JsonObject => object(p === undefined ? {} : { p });

describe.each(homes.map(([name, pointer, home], index) => ({ name, pointer, home, index })))(
  "what is $name",
  ({ pointer, home, index }) => {
    it.each(properties.map(([name, at, kind, from, to, effects]) => ({ name, at, kind, from, to, effects })))(
      "$name",
      ({ name, at, kind, from, to, effects }) => {
        const expected = name.startsWith("the same")
          ? "changed  documentation"
          : `${kind} ${pointer}/properties/p${at} ${effects[index]}`;
        expect(compare([home(holding(from))], [home(holding(to))]).map(line)).toEqual([expected]);
      },
    );

    it.each([
      ["a new required property", object({}), object({ p: string() }, { required: ["p"] }), "added", stricter],
      ["became required", object({ p: string() }), object({ p: string() }, { required: ["p"] }), "changed", stricter],
      ["became optional", object({ p: string() }, { required: ["p"] }), object({ p: string() }), "changed", looser],
      ["may be null", object({ p: string() }), object({ p: string() }, { nullable: ["p"] }), "changed", looser],
      ["may not be null", object({ p: string() }, { nullable: ["p"] }), object({ p: string() }), "changed", stricter],
    ] as const)("%s", (_, from, to, kind, effects) => {
      expect(compare([home(from)], [home(to)]).map(line)).toEqual([
        `${kind} ${pointer}/properties/p ${effects[index]}`,
      ]);
    });
  },
);
