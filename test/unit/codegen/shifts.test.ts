import { describe, expect, test } from "vitest";
import { semverHint } from "../../../codegen/changelog.ts";
import type { JsonObject } from "../../../codegen/model.ts";
import { compare, main } from "./changes.ts";
import { lexicon } from "./generate.ts";
import { array, json, object, params, query, ref, string } from "./schemas.ts";

const procedure = (more: JsonObject): JsonObject => ({ type: "procedure", ...more });
const bytes: JsonObject = { encoding: "video/mp4" };

const defs = (schema: JsonObject): JsonObject => lexicon("com.example.defs", { span: object({ from: schema }) });
const pager = (properties: JsonObject): JsonObject =>
  main(query({ parameters: params({ cursor: string }), output: json(object({ cursor: string, ...properties })) }));

const page = (properties: JsonObject): JsonObject =>
  lexicon("com.example.page", { of: object({ cursor: string, ...properties }) });

describe("K8: what asks for a major version", () => {
  test.each<readonly [string, JsonObject, JsonObject]>([
    [
      "JSON that becomes bytes, as input",
      procedure({ input: json(object({})) }),
      procedure({ input: { ...json(object({})), encoding: "*/*" } }),
    ],
    [
      "bytes that become JSON, as input",
      procedure({ input: { encoding: "*/*" } }),
      procedure({ input: { encoding: "application/json" } }),
    ],
    [
      "JSON that becomes bytes, as output",
      query({ output: { encoding: "application/json" } }),
      query({ output: { encoding: "*/*" } }),
    ],
    [
      "bytes that become JSON, as output",
      query({ output: { encoding: "*/*" } }),
      query({ output: { encoding: "application/json" } }),
    ],
    [
      "one kind of bytes that becomes JSON",
      query({ output: bytes }),
      query({ output: { encoding: "application/json" } }),
    ],
  ])("K8 %s", (_, from, to) => {
    const changes = compare([main(from)], [main(to)]);
    expect(changes.map(({ effect, pointer }) => [effect, pointer.split("/").at(-1)])).toEqual([
      ["breaking", "encoding"],
    ]);
    expect(semverHint(changes)).toBe("major");
  });

  test("K8 not one kind of JSON for another, nor bytes of any kind for bytes of one", () => {
    const [one, other] = ["application/json", "application/activity+json"].map((encoding) =>
      main(procedure({ input: { encoding } })),
    );
    expect(
      semverHint(compare([main(procedure({ input: bytes }))], [main(procedure({ input: { encoding: "*/*" } }))])),
    ).toBe("minor");
    expect(semverHint(compare([one as JsonObject], [other as JsonObject]))).toBe("major");
  });

  const time: JsonObject = { type: "string", format: "datetime" };
  const sender = lexicon("com.example.put", { main: procedure({ input: json(ref("com.example.defs#span")) }) });
  const receiver = lexicon("com.example.get", { main: query({ output: json(ref("com.example.defs#span")) }) });

  test.each<readonly [string, JsonObject, readonly JsonObject[], readonly JsonObject[]]>([
    ["is received as well", time, [sender], [sender, receiver]],
    ["is received as well, an unknown object in a list", array({ type: "unknown" }), [sender], [sender, receiver]],
    ["is only sent from now on", time, [sender, receiver], [sender]],
  ])("K8 a definition that %s, although its document is as it was", (_, schema, before, after) => {
    const changes = compare([defs(schema), ...before], [defs(schema), ...after]);
    expect(
      changes.filter(({ nsid }) => nsid === "com.example.defs").map(({ pointer, effect }) => [pointer, effect]),
    ).toEqual([["/defs/span", "breaking"]]);
    expect(semverHint(changes)).toBe("major");
  });

  test("K8 not a definition whose types are the same in both directions", () => {
    expect(semverHint(compare([defs(string), sender], [defs(string), sender, receiver]))).toBe("minor");
  });

  test("K8 a second array in a paged output makes it a plain call", () => {
    const changes = compare([pager({ a: array(string) })], [pager({ a: array(string), b: array(string) })]);
    expect(changes.map(({ pointer, effect, what }) => [pointer, effect, what])).toEqual([
      ["/defs/main/output", "breaking", "was pages of a, is a plain call"],
      ["/defs/main/output/schema/properties/b", "compatible", "optional property added"],
    ]);
    expect(semverHint(changes)).toBe("major");
  });

  test("K8 also where another document has the output", () => {
    const list = main(query({ parameters: params({ cursor: string }), output: json(ref("com.example.page#of")) }));
    const changes = compare([list, page({ a: array(string) })], [list, page({ a: array(string), b: array(string) })]);
    expect(changes.map(({ nsid, effect }) => [nsid, effect])).toEqual([
      ["com.example.it", "breaking"],
      ["com.example.page", "compatible"],
    ]);
  });

  test("K8 not a first one, which makes a plain call a list", () => {
    expect(semverHint(compare([pager({})], [pager({ a: array(string) })]))).toBe("minor");
  });
});
