import type { Json, JsonObject } from "./model.ts";

type Test = (value: Json) => boolean;

const text: Test = (value) => typeof value === "string";
const flag: Test = (value) => typeof value === "boolean";
const whole: Test = (value) => Number.isInteger(value);
/** Few parts, and shorter ones than are allowed: the name as a whole is limited, too. */
const nsid: Test = (value) =>
  typeof value === "string" && /^[a-z]{1,60}(?:\.[a-zA-Z][a-zA-Z0-9]{0,59}){2,4}$/.test(value);

const isObject = (value: Json): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const list =
  (item: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(item);

const map =
  (member: Test): Test =>
  (value) =>
    isObject(value) && Object.values(value).every(member);

/** An object with members that have to be there, and others that may be. */
const shape = (needed: Readonly<Record<string, Test>>, optional: Readonly<Record<string, Test>> = {}): Test => {
  const [must, may] = [Object.entries(needed), Object.entries({ description: text, ...optional })];
  return (value) =>
    isObject(value) &&
    must.every(([name, test]) => Object.hasOwn(value, name) && test(value[name] as Json)) &&
    may.every(([name, test]) => !Object.hasOwn(value, name) || test(value[name] as Json));
};

const typed = (types: Readonly<Record<string, Test>>): Test => {
  const tests = new Map<Json, Test>(Object.entries(types));
  return (value) => isObject(value) && tests.get(value.type as Json)?.(value) === true;
};

/** Properties that are required are there. */
const complete =
  (test: Test): Test =>
  (value) => {
    if (!test(value)) return false;
    const { properties, required = [] } = value as { properties: JsonObject; required?: readonly string[] };
    return required.every((name) => Object.hasOwn(properties, name));
  };

const lengths = { minLength: whole, maxLength: whole };
const formats = "at-identifier at-uri cid datetime did handle language nsid record-key tid uri".split(" ");

const primitives = {
  boolean: shape({}, { default: flag, const: flag }),
  integer: shape({}, { default: whole, const: whole, minimum: whole, maximum: whole, enum: list(whole) }),
  string: shape(
    {},
    {
      ...lengths,
      format: (value) => formats.includes(value as string),
      default: text,
      const: text,
      enum: list(text),
      knownValues: list(text),
      minGraphemes: whole,
      maxGraphemes: whole,
    },
  ),
  unknown: shape({}),
};
const plain = {
  ...primitives,
  bytes: shape({}, lengths),
  "cid-link": shape({}),
  blob: shape({}, { accept: list(text), maxSize: whole }),
};
const union = shape({ refs: list(text) }, { closed: flag });
const references = { ref: shape({ ref: text }), union };

const arrayOf = (items: Readonly<Record<string, Test>>): Test => shape({ items: typed(items) }, lengths);
const array = arrayOf({ ...plain, ...references });
const object = complete(
  shape({ properties: map(typed({ ...plain, ...references, array })) }, { required: list(text), nullable: list(text) }),
);
const params = complete(
  shape({ properties: map(typed({ ...primitives, array: arrayOf(primitives) })) }, { required: list(text) }),
);

const body = shape({ encoding: text }, { schema: typed({ ...references, object }) });
const endpoint = { parameters: typed({ params }), errors: list(shape({ name: text })) };
const definition = typed({
  ...plain,
  array,
  object,
  token: shape({}),
  record: shape({ record: typed({ object }) }, { key: text }),
  query: shape({}, { ...endpoint, output: body }),
  procedure: shape({}, { ...endpoint, input: body, output: body }),
  subscription: shape({ message: shape({ schema: typed({ union }) }) }, endpoint),
});

/**
 * Whether the schema of lexicon documents takes a document for certain: https://atproto.com/specs/lexicon. A no says nothing
 * yet. It spares most runs loading the package that has the schema, and says what is wrong.
 */
export const isWellFormed: Test = shape(
  { lexicon: (value) => value === 1, id: nsid, defs: map(definition) },
  { revision: whole },
);
