import type { Fetch } from "../core/http/transport.ts";
import type { ClientOptions } from "../client/options.ts";
import { MemoryStorage } from "../storage/memory/index.ts";

/** A call that reached a fake server. */
export interface FakeCall {
  /** Endpoint */
  readonly nsid: string;
  /** Parameters as they stand in the URL: text, or a list where a name stands there more than once */
  readonly params: Readonly<Record<string, string | readonly string[]>>;
  /** Input: what the JSON says, or the body itself where it is none; `undefined` for queries */
  readonly input: unknown;
  /** Names in lower case */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * What a fake server says to a call: data, bytes, a `Response` such as {@link fakeRefusal}, an `Error` for a connection that breaks, or a
 * function that makes one of these of the call.
 */
export type FakeAnswer = object | ((call: FakeCall) => object | undefined | Promise<object | undefined>);

/** A server that exists in this process only. */
export interface FakeServer {
  /** What arrived, in order */
  readonly calls: readonly FakeCall[];
  /**
   * Options of a client that talks to it as `did`: memory for storage, each call sent once, no log lines, and answers that must be what the
   * lexicons say. Spread them to change some: `new Client({ ...server.options, validate: false })`
   */
  readonly options: ClientOptions;
}

/**
 * Stands for all servers in the tests of a program, without a network: `new Client(server.options)`. What it has no answer to is refused with
 * `MethodNotImplemented` and its NSID.
 *
 * @param did whose calls they are. Default `did:plc:aaaaaaaaaaaaaaaaaaaaaaaa`
 *
 * @example
 * const server = fakeServer({ "com.atproto.repo.createRecord": ({ input }) => ({ uri: "at://…", cid: "bafy…" }) });
 * await yourBot(new Client(server.options));
 * expect(server.calls).toHaveLength(1);
 */
export function fakeServer(
  answers: Readonly<Record<string, FakeAnswer>>,
  did = `did:plc:${"a".repeat(24)}`,
): FakeServer {
  const calls: FakeCall[] = [];
  const fetch: Fetch = async (url, { headers, body }) => {
    const { pathname, searchParams } = new URL(url);
    const nsid = pathname.replace("/xrpc/", "");
    const call = { nsid, params: paramsOf(searchParams), input: inputOf(body), headers: { ...(headers as object) } };
    calls.push(call);
    const answer = answers[nsid];
    if (answer === undefined) return fakeRefusal(501, "MethodNotImplemented", `This fake server has no ${nsid}.`);
    const said = typeof answer === "function" ? await answer(call) : answer;
    if (said instanceof Error) throw said;
    if (said instanceof Response) return said.clone();
    return said instanceof Uint8Array ? new Response(new Uint8Array(said)) : Response.json(said ?? {});
  };
  const options: ClientOptions = {
    service: "https://fake.test",
    accessToken: tokenOf(did),
    storage: new MemoryStorage(),
    validate: { output: "throw" },
    retry: false,
    budget: false,
    logLevel: "silent",
    fetch,
  };
  return { calls, options };
}

/** An answer by which a server refuses: `fakeRefusal(400, "InvalidRequest")`. */
export const fakeRefusal = (status: number, error: string, message = error): Response =>
  Response.json({ error, message }, { status });

function paramsOf(given: URLSearchParams): FakeCall["params"] {
  const names = new Set(given.keys());
  return Object.fromEntries(
    [...names].map((name) => {
      const values = given.getAll(name);
      return [name, values.length > 1 ? values : (values[0] ?? "")];
    }),
  );
}

function inputOf(body: RequestInit["body"]): unknown {
  if (typeof body !== "string") return body ?? undefined;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** A token that says whose it is, signed by nobody. */
const tokenOf = (sub: string): string =>
  [
    { typ: "at+jwt", alg: "none" },
    { sub, exp: Date.UTC(2100, 0) / 1000 },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .concat("unsigned")
    .join(".");
