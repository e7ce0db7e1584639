import type { Property, Type, TypeTarget } from "../model.ts";
import { propertyKey, typeIdentifier } from "../names.ts";

/** How types are written inside one file. */
export interface TypeScope {
  /** The document the file belongs to; its own types need no qualifier */
  readonly nsid: string;
  /** Documents the file has to import, collected while types are written */
  readonly imports: Set<string>;
  /** Whether the file has to import the runtime's types, found out while types are written */
  usesRuntime: boolean;
  /** Members of unions that carry a required `$type` anyway: records */
  readonly alwaysTyped: ReadonlySet<string>;
  /** Names of the types that the file declares */
  readonly declared: ReadonlySet<string>;
}

/** Name under which generated files import the runtime's types: no name of a lexicon can meet it. */
export const RUNTIME = "$";

/** Prefix of the variant of a type that is a member of unions, with its `$type` required. */
export const MEMBER_PREFIX = "$";

/** Writes a type. `frozen`: arrays are only read, so callers may pass frozen ones. */
export function typeText(type: Type, scope: TypeScope, frozen = false): string {
  switch (type.kind) {
    case "boolean":
    case "string":
      return type.kind;
    case "integer":
      return "number";
    case "bytes":
      return runtimeType("Bytes", scope);
    case "cid-link":
      return runtimeType("CidLink", scope);
    case "blob":
      return runtimeType("BlobRef", scope);
    case "unknown":
      return type.sent ? "object" : runtimeType("UnknownObject", scope);
    case "format":
      return runtimeType(type.name, scope);
    case "gap":
      return "unknown";
    case "literal":
      return literals(type.values);
    case "known":
      return `${literals(type.values)} | ${runtimeType("OtherString", scope)}`;
    case "array":
      return arrayText(type.items, scope, frozen);
    case "object":
      return `{ ${type.properties.map((property) => propertyText(property, scope, frozen)).join("; ")} }`;
    case "ref":
      return qualified(type.target, "", scope);
    case "union":
      return unionText(type.members, type.closed, scope);
  }
}

function runtimeType(name: string, scope: TypeScope): string {
  scope.usesRuntime = true;
  return `${RUNTIME}.${name}`;
}

const literals = (values: readonly (string | number | boolean)[]): string =>
  values.map((value) => JSON.stringify(value)).join(" | ");

function arrayText(items: Type, scope: TypeScope, frozen: boolean): string {
  const text = typeText(items, scope, frozen);
  const isCompound =
    items.kind === "union" || items.kind === "known" || items.kind === "literal" || items.kind === "array";
  return `${frozen ? "readonly " : ""}${isCompound ? `(${text})` : text}[]`;
}

const propertyText = (property: Property, scope: TypeScope, frozen: boolean): string =>
  `${propertyKey(property.name)}${property.required ? "" : "?"}: ${propertyType(property, scope, frozen)}`;

/** The type of a property, with `null` and `undefined` where the document allows them. */
export function propertyType({ name, type, nullable, required }: Property, scope: TypeScope, frozen = false): string {
  if (type.kind === "gap") return "unknown";
  const absent = required ? [] : ["undefined"];
  // Objects that do not have it have what they inherit by the name.
  if (!required && inheritedNames.has(name)) {
    absent.unshift(runtimeType(`Inherited<${JSON.stringify(name)}>`, scope));
  }
  return [typeText(type, scope, frozen), ...(nullable ? ["null"] : []), ...absent].join(" | ");
}

/** The members of every object, as TypeScript knows them. */
const inheritedNames = new Set([
  "constructor",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "toLocaleString",
  "toString",
  "valueOf",
]);

function qualified(target: TypeTarget, prefix: string, scope: TypeScope): string {
  const name = prefix + target.typeName;
  if (target.nsid === scope.nsid) return name;
  scope.imports.add(target.nsid);
  return `${importName(target.nsid, scope)}.${name}`;
}

/** Name under which a document is imported. A definition may happen to have it: no name of a lexicon starts like the other one. */
export function importName(nsid: string, { declared }: TypeScope): string {
  const name = typeIdentifier(nsid);
  return declared.has(name) ? `$$${name}` : name;
}

function unionText(members: readonly TypeTarget[], closed: boolean, scope: TypeScope): string {
  const arms = members.map((target) => {
    const isRecord = scope.alwaysTyped.has(`${target.nsid}#${target.name}`);
    return qualified(target, isRecord ? "" : MEMBER_PREFIX, scope);
  });
  if (!closed) arms.push(runtimeType("UnknownMember", scope));
  return arms.join(" | ");
}
