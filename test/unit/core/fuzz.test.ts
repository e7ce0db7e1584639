import { expect, test } from "vitest";
import { readResponse } from "../../../src/core/http/read-response.ts";
import type { Endpoint } from "../../../src/core/lexicon/definition.ts";
import { InvalidResponseError, SkylexError, XrpcError } from "../../../src/core/errors/index.ts";
import { readRateLimit } from "../../../src/core/http/rate-limit.ts";
import { chance, fuzzSeed, mutateBytes, mutateJson, mutateText, oneOf } from "../../support/fakes/mutations.ts";

const ROUNDS = 10_000;
const NOW = Date.parse("2026-01-01T00:00:00.000Z");

const endpoints: readonly Endpoint[] = [
  { kind: "query", nsid: "com.example.get", output: "application/json" },
  { kind: "query", nsid: "com.example.bytes", output: "*/*" },
  { kind: "procedure", nsid: "com.example.do", input: "application/json" },
  { kind: "procedure", nsid: "com.example.make", input: "application/json", output: "application/json" },
];

const bodies: readonly unknown[] = [
  {
    uri: "at://did:plc:a/b.c.d/1",
    cid: "bafyrei",
    value: { $type: "b.c.d", blob: { $type: "blob", ref: { $link: "bafkrei" } } },
  },
  { cursor: "1", feed: [{ post: { uri: "at://x", record: { text: "é 👍" } } }, null, 3], bytes: { $bytes: "AAEC" } },
  { error: "InvalidRequest", message: "no" },
  { error: "RateLimitExceeded", message: "later" },
];

const values = [
  "",
  "0",
  "-1",
  "NaN",
  "1e400",
  "9".repeat(400),
  "Thu, 01 Jan 2026 00:00:05 GMT",
  "tomorrow",
  "5000;w=3600",
  "a;w=b",
  ";;w=",
  "\u0000",
];
const names = [
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
  "ratelimit-policy",
  "retry-after",
  "location",
];
const encodings = [
  "application/json",
  "application/json; charset=utf-8",
  "text/html",
  "",
  "application/vnd.ipld.car",
  "image/png",
  ";",
];
const statuses = [
  200, 200, 200, 201, 204, 301, 302, 400, 401, 403, 404, 408, 409, 413, 429, 500, 501, 502, 503, 504, 999,
];

/** Headers as a transport gives them, where no value is refused. */
function headersOf(entries: ReadonlyMap<string, string>) {
  return {
    get: (name: string) => entries.get(name.toLowerCase()) ?? null,
    has: (name: string) => entries.has(name.toLowerCase()),
    [Symbol.iterator]: () => entries[Symbol.iterator]() as Iterator<[string, string]>,
  };
}

test(`${ROUNDS} broken answers: each is data, or an error of its kind (FUZZ_SEED=${fuzzSeed})`, () => {
  const random = chance(fuzzSeed);
  const outcomes = { data: 0, invalid: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const text = JSON.stringify(mutateJson(oneOf(bodies, random), random));
    const bytes =
      round % 3 === 0
        ? new TextEncoder().encode(text)
        : round % 3 === 1
          ? mutateBytes(new TextEncoder().encode(text), random)
          : new TextEncoder().encode(
              mutateText(text, ["{", "}", "[", '"', "\\u", "\\", ",", "<html>", "\uFEFF"], random),
            );
    const headers = new Map([["content-type", oneOf(encodings, random)]]);
    for (const name of names) if (random(3) === 0) headers.set(name, oneOf(values, random));
    const http = {
      status: oneOf(statuses, random),
      headers: headersOf(headers),
      elapsed: 1,
      url: "https://a.example/xrpc/x",
    };
    const definition = oneOf(endpoints, random);
    try {
      readRateLimit(http.headers, 0);
      readResponse(definition, { http, body: bytes }, NOW);
      outcomes.data++;
    } catch (error) {
      const what = `round ${round}: ${http.status} ${JSON.stringify([...headers])} ${Buffer.from(bytes).toString("latin1")}`;
      if (!(error instanceof SkylexError)) throw new Error(what, { cause: error });
      const isOfItsKind =
        http.status >= 200 && http.status < 300 ? error instanceof InvalidResponseError : error instanceof XrpcError;
      if (!isOfItsKind || error.message.length > 2000) throw new Error(what, { cause: error });
      outcomes[error instanceof XrpcError ? "refused" : "invalid"]++;
    }
  }
  for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(300);
});

test("JSON that is nested without end is data or an InvalidResponseError", () => {
  const http = { status: 200, headers: headersOf(new Map()), elapsed: 1, url: "https://a.example/xrpc/x" };
  for (const depth of [100, 10_000, 100_000]) {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
      ['{"$type":"blob","ref":', "}"],
    ] as const) {
      const body = new TextEncoder().encode(`${open.repeat(depth)}1${close.repeat(depth)}`);
      const read = (): unknown => readResponse(endpoints[0] as Endpoint, { http, body }, NOW);
      let outcome: unknown = InvalidResponseError;
      try {
        read();
      } catch (error) {
        outcome = (error as Error).constructor;
      }
      expect(outcome).toBe(InvalidResponseError);
    }
  }
});
