import type { Property, Target, Type } from "../model.ts";
import { declarationName, propertyKey, typeIdentifier } from "../names.ts";

/** How types are written inside one file. */
export interface TypeScope {
  /** The document the file belongs to; its own types need no qualifier */
  readonly nsid: string;
  /** Documents the file has to import, collected while types are written */
  readonly imports: Set<string>;
  /** Members of unions that carry a required `$type` anyway: records */
  readonly alwaysTyped: ReadonlySet<string>;
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
      return `${RUNTIME}.Bytes`;
    case "cid-link":
      return `${RUNTIME}.CidLink`;
    case "blob":
      return `${RUNTIME}.BlobRef`;
    case "unknown":
      return type.sent ? "object" : `${RUNTIME}.UnknownObject`;
    case "format":
      return `${RUNTIME}.${type.name}`;
    case "literal":
      return literals(type.values);
    case "known":
      return `${literals(type.values)} | ${RUNTIME}.OtherString`;
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
export function propertyType({ type, nullable, required }: Property, scope: TypeScope, frozen = false): string {
  return [typeText(type, scope, frozen), ...(nullable ? ["null"] : []), ...(required ? [] : ["undefined"])].join(" | ");
}

function qualified(target: Target, prefix: string, scope: TypeScope): string {
  const name = prefix + declarationName(target.nsid, target.name);
  if (target.nsid === scope.nsid) return name;
  scope.imports.add(target.nsid);
  return `${typeIdentifier(target.nsid)}.${name}`;
}

function unionText(members: readonly Target[], closed: boolean, scope: TypeScope): string {
  const arms = members.map((target) => {
    const isRecord = scope.alwaysTyped.has(`${target.nsid}#${target.name}`);
    return qualified(target, isRecord ? "" : MEMBER_PREFIX, scope);
  });
  if (!closed) arms.push(`${RUNTIME}.UnknownMember`);
  return arms.join(" | ");
}
