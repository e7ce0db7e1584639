import { docsOf } from "./jsdoc.ts";
import type { Place } from "./keywords.ts";
import { asObject, asStrings, fail, note, typeOf, within } from "./keywords.ts";
import type { Json, JsonObject, Property, Type, TypeTarget } from "./model.ts";
import type { References } from "./references.ts";

/** The string formats of the language and the runtime types that stand for them. */
const formats: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "at-identifier": "AtIdentifier",
    "at-uri": "AtUri",
    cid: "Cid",
    datetime: "Datetime",
    did: "Did",
    handle: "Handle",
    language: "Language",
    nsid: "Nsid",
    "record-key": "RecordKey",
    tid: "Tid",
    uri: "Uri",
  }),
);

/** What the types of a definition depend on. */
export interface Context {
  readonly references: References;
  /** The schema only ever travels to the server. */
  readonly sent: boolean;
}

/** Turns the schema of a value into a type. */
export function resolveType(json: JsonObject, place: Place, context: Context): Type {
  const type = typeOf(json, place);
  switch (type) {
    case "boolean":
      return typeof json.const === "boolean" ? { kind: "literal", values: [json.const] } : { kind: "boolean" };
    case "integer":
      return closedSet(json, place, "number") ?? { kind: "integer" };
    case "string":
      return closedSet(json, place, "string") ?? openString(json, place, context);
    case "bytes":
    case "cid-link":
    case "blob":
      return { kind: type };
    case "unknown":
      return { kind: "unknown", sent: context.sent };
    case "token":
      if (place.path.length !== 2) fail(place, "a token must be a definition of its own");
      return { kind: "literal", values: [`${place.nsid}#${String(place.path[1])}`.replace(/#main$/, "")] };
    case "array":
      return {
        kind: "array",
        items: resolveType(asObject(json.items, within(place, "items")), within(place, "items"), context),
      };
    case "object":
      return { kind: "object", properties: resolveProperties(json, place, context) };
    case "ref":
      return reference(json.ref, within(place, "ref"), context);
    case "union":
      return union(json, place, context);
    default:
      return fail(within(place, "type"), `"${type}" is not the type of a value`);
  }
}

function closedSet(json: JsonObject, place: Place, of: "string" | "number"): Type | undefined {
  const values = json.const !== undefined ? [json.const] : json.enum;
  if (values === undefined) return undefined;
  if (!Array.isArray(values) || values.length === 0 || values.some((value) => typeof value !== of)) {
    return fail(within(place, json.const !== undefined ? "const" : "enum"), `must hold values of the type ${of}`);
  }
  return { kind: "literal", values: values as (string | number)[] };
}

function openString(json: JsonObject, place: Place, { sent }: Context): Type {
  const known = asStrings(json.knownValues, within(place, "knownValues"));
  if (known.length > 0) return { kind: "known", values: [...new Set(known)] };
  if (json.format === undefined) return { kind: "string" };
  const name = formats.get(String(json.format));
  if (name === undefined) {
    return fail(
      within(place, "format"),
      `unknown format ${JSON.stringify(json.format)}; there are ${[...formats.keys()].join(", ")}`,
    );
  }
  // Whoever sends a time may have it as a Date.
  return { kind: "format", name: sent && name === "Datetime" ? "DatetimeInput" : name };
}

const valueKinds = new Set([
  "boolean",
  "integer",
  "string",
  "bytes",
  "cid-link",
  "blob",
  "unknown",
  "token",
  "array",
  "object",
  "record",
  "union",
  "ref",
]);

function reference(ref: Json | undefined, place: Place, { references }: Context): Type {
  const found = references.follow(ref, place);
  if (found === undefined) return { kind: "gap" };
  const { target, json } = found;
  const kind = String(json.type);
  if (!valueKinds.has(kind)) fail(place, `refers to ${target.nsid}#${target.name}, a ${kind}, which is not a value`);
  return { kind: "ref", target: { ...target, typeName: references.typeName(target) } };
}

/** A member that cannot be named is left out, and the union is an open one then. */
function union(json: JsonObject, place: Place, { references }: Context): Type {
  const members = new Map<string, TypeTarget>();
  const refs = asStrings(json.refs, within(place, "refs"));
  let closed = json.closed === true;
  if (closed && refs.length === 0) fail(place, "a closed union without members has no values");
  for (const [index, ref] of refs.entries()) {
    const at = within(place, "refs", index);
    const found = references.follow(ref, at);
    if (found === undefined) {
      closed = false;
      continue;
    }
    const { target, json: definition } = found;
    const { type } = definition;
    if (type !== "object" && type !== "record") {
      note(
        "notice",
        at,
        `was left out: a member of a union must be an object or a record, because only these carry $type; this is a ${String(type)}`,
      );
      closed = false;
      continue;
    }
    members.set(`${target.nsid}#${target.name}`, { ...target, typeName: references.typeName(target) });
  }
  return { kind: "union", members: [...members.values()], closed };
}

/** Resolves the properties of an object or of URL parameters, in the order of the document. */
export function resolveProperties(json: JsonObject, place: Place, context: Context): readonly Property[] {
  const properties = asObject(json.properties ?? {}, within(place, "properties"));
  const required = namesIn(json, "required", properties, place);
  const nullable = namesIn(json, "nullable", properties, place);
  return Object.entries(properties).map(([name, value]) => {
    const at = within(place, "properties", name);
    const schema = asObject(value, at);
    return {
      name,
      type: resolveType(schema, at, context),
      required: required.has(name),
      nullable: nullable.has(name),
      docs: docsOf(schema),
    };
  });
}

function namesIn(json: JsonObject, keyword: string, properties: JsonObject, place: Place): ReadonlySet<string> {
  const names = asStrings(json[keyword], within(place, keyword));
  const missing = names.findIndex((name) => !Object.hasOwn(properties, name));
  if (missing >= 0)
    fail(within(place, keyword, missing), `names "${names[missing]}", which is not among the properties`);
  return new Set(names);
}
