import { jsonToLex } from "@atproto/lexicon";
import { describe, expect, test } from "vitest";
import * as definitions from "../../../generated/definitions.ts";
import type { Definition, Endpoint } from "../../../src/core/lexicon/definition.ts";
import { encodeJson } from "../../../src/core/lexicon/data-model.ts";
import type { Issue } from "../../../src/core/lexicon/issue.ts";
import type { CallRequest } from "../../../src/core/pipeline.ts";
import { encodeBody } from "../../../src/core/http/body.ts";
import { encodePath } from "../../../src/core/http/request.ts";
import { KnownDefinitions } from "../../../src/client/endpoint-lookup.ts";
import { Engine } from "../../../src/validate/engine.ts";
import { schemaOf } from "../../../src/validate/schema.ts";
import { find, official, sample } from "./sample.ts";
import type { Violation } from "./violations.ts";
import { violations } from "./violations.ts";

const vocabulary = new KnownDefinitions();
const missing: string[] = [];
const engine = new Engine(vocabulary, (nsid) => missing.push(nsid));
const all: readonly Definition[] = Object.values(definitions);
const endpoints = all.filter((one): one is Endpoint => one.kind === "query" || one.kind === "procedure");
const records = all.filter((one) => one.kind === "record");

const sent = async (definition: Endpoint, params: object | undefined, input: unknown): Promise<readonly Issue[]> =>
  engine.sent({
    definition,
    path: encodePath(definition.nsid, params),
    body: definition.kind === "query" ? undefined : encodeBody(definition, input, undefined),
  } as unknown as CallRequest);

const keys: Readonly<Record<string, string>> = { tid: "3l6oveex3ii2l", any: "anything", nsid: "app.bsky.feed.post" };

const written = (nsid: string, key: string, record: unknown): Promise<readonly Issue[]> =>
  sent(definitions.comAtprotoRepoCreateRecord, undefined, {
    repo: "alice.test",
    collection: nsid,
    rkey: keys[key] ?? key.replace("literal:", ""),
    record,
  });

/** What the oracle says of a value. */
function accepts(nsid: string, part: "record" | "input" | "output" | "parameters", value: unknown): boolean {
  const lex: unknown = jsonToLex(JSON.parse(encodeJson(value, "value")));
  try {
    if (part === "record") return official.validate(nsid, lex).success;
    if (part === "input") official.assertValidXrpcInput(nsid, lex);
    else if (part === "output") official.assertValidXrpcOutput(nsid, lex);
    else official.assertValidXrpcParams(nsid, lex);
    return true;
  } catch {
    return false;
  }
}

const said = ({ path, rule, actual, limit }: Issue): object => ({ path, rule, actual, limit });
const expected = ({ path, rule, actual, limit }: Violation): object => ({ path, rule, actual, limit });

let tried = 0;
const rules = new Set<string>();

const right = { accepted: true, issues: [] };

/** Holds one broken value against what is said of it and against the oracle. */
async function hold(
  nsid: string,
  part: "record" | "input" | "output" | "parameters",
  broken: Violation,
  check: (value: unknown) => Promise<readonly Issue[]>,
  passes = false,
): Promise<void> {
  const about = { nsid, part, ...expected(broken) };
  expect({
    ...about,
    issues: (await check(broken.value)).map(said),
    accepted: accepts(nsid, part, broken.value),
  }).toEqual({ ...about, issues: passes ? [] : [expected(broken)], accepted: broken.strict === true });
  tried++;
  rules.add(broken.rule);
}

describe("every official record", () => {
  test.each(records.map(({ nsid, key }) => [nsid, key] as const))("%s", async (nsid, key) => {
    const schema = find(`lex:${nsid}`);
    const value = sample(schema);
    expect(accepts(nsid, "record", value)).toBe(true);
    expect(await written(nsid, key, value)).toEqual([]);
    for (const broken of violations(schema, "input.record")) {
      // What is no object at all is refused as input of the write already, and says the same.
      if (broken.path === "input.record") continue;
      await hold(nsid, "record", broken, (one) => written(nsid, key, one));
    }
  });
});

describe("every official endpoint", () => {
  test("input", async () => {
    for (const definition of endpoints) {
      const { nsid } = definition;
      const schema = schemaOf(find(`lex:${nsid}`), "input");
      // The input of writes holds records, which have rules of their own.
      if (schema === undefined || /^com\.atproto\.repo\.(?:create|put)Record$|applyWrites$/.test(nsid)) continue;
      const params = paramsOf(nsid);
      const value = sample(schema);
      expect({ nsid, accepted: accepts(nsid, "input", value), issues: await sent(definition, params, value) }).toEqual({
        nsid,
        ...right,
      });
      for (const broken of violations(schema, "input")) {
        await hold(nsid, "input", broken, (one) => sent(definition, params, one));
      }
    }
  });

  test("parameters", async () => {
    for (const definition of endpoints) {
      const { nsid } = definition;
      const schema = schemaOf(find(`lex:${nsid}`), "parameters");
      if (schema === undefined) continue;
      const inputSchema = schemaOf(find(`lex:${nsid}`), "input");
      const input = inputSchema === undefined ? undefined : sample(inputSchema);
      const check = (params: unknown): Promise<readonly Issue[]> =>
        sent(
          { ...definition, input: inputSchema === undefined ? undefined : definition.input } as Endpoint,
          params as object,
          input,
        );
      expect({ nsid, issues: await check(paramsOf(nsid)) }).toEqual({ nsid, issues: [] });
      for (const broken of violations(schema, "params")) {
        // A URL has no types: 5 is "5" there, and a list of none or of one is as good as its item.
        if (isTextInUrl(schema, broken)) continue;
        await hold(nsid, "parameters", broken, check);
      }
    }
  });

  test("output", async () => {
    const seen = new Set<string>();
    for (const definition of endpoints) {
      const { nsid } = definition;
      const schema = schemaOf(find(`lex:${nsid}`), "output");
      // The oracle knows no reference to a record.
      if (schema === undefined || nsid === "com.atproto.lexicon.resolveLexicon") continue;
      const check = async (data: unknown): Promise<readonly Issue[]> =>
        engine.received({ definition } as unknown as CallRequest, data);
      const value = sample(schema);
      expect({ nsid, accepted: accepts(nsid, "output", value), issues: await check(value) }).toEqual({
        nsid,
        ...right,
      });
      for (const broken of violations(schema, "output", { within: [], seen })) {
        // Answers are read as the oracle reads them.
        await hold(nsid, "output", broken, check, broken.strict === true);
      }
    }
  });
});

const paramsOf = (nsid: string): object | undefined => {
  const schema = schemaOf(find(`lex:${nsid}`), "parameters");
  return schema === undefined ? undefined : (sample(schema) as object);
};

function isTextInUrl(schema: ReturnType<typeof find>, { path, rule, value }: Violation): boolean {
  const name = /^params\.(\w+)/.exec(path)?.[1] as string;
  const property = schema.properties?.[name];
  const type = property?.type === "array" ? property.items?.type : property?.type;
  if (rule === "minLength" && property?.type === "array") return true;
  const given = (value as Readonly<Record<string, unknown>>)[name];
  const first: unknown = Array.isArray(given) ? given.at(-1) : given;
  if (rule === "type") return type === "string" || typeof first === "object" || first === "5" || first === "true";
  return rule === "$type";
}

test("that was nearly every rule of the language, many times, and no document was missing", () => {
  expect([...rules].toSorted()).toEqual(
    [
      "$type",
      "accept",
      "closed",
      "const",
      "enum",
      "format",
      "maxGraphemes",
      "maxLength",
      "maxSize",
      "maximum",
      "minLength",
      "minimum",
      "required",
      "type",
    ].toSorted(),
  );
  expect(tried).toBeGreaterThan(5000);
  expect(missing).toEqual([]);
});
