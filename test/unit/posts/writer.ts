import type { Client, ClientOptions } from "../../../src/index.ts";
import type { ScriptedFetch, Step } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";

export const ALICE = "did:plc:alice";
export const BOB = "did:plc:bob";

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = `${part({ alg: "none" })}.${part({ sub: ALICE, exp: 4_000_000_000 })}.x`;

export interface Writer {
  readonly client: Client;
  readonly fetch: ScriptedFetch;
  /** NSIDs asked for, in order */
  readonly asked: () => string[];
}

/** A client that writes as Alice to a server that plays a script. */
export function writer(steps: readonly Step[] = [], options: ClientOptions = {}): Writer {
  const given = {
    service: "https://pds.example",
    accessToken: token,
    logLevel: "silent",
    retry: false,
    ...options,
  } as const;
  const { client, fetch } = testClient(steps, given);
  return { client, fetch, asked: () => fetch.requests.map(({ url }) => url.pathname.replace("/xrpc/", "")) };
}

/** Of a server that knows handles by this table and nothing else. */
export const knowing =
  (handles: Readonly<Record<string, string>>): Step =>
  ({ url }) => {
    const did = handles[url.searchParams.get("handle") ?? ""];
    return did === undefined
      ? Response.json({ error: "HandleNotFound", message: "no" }, { status: 400 })
      : Response.json({ did });
  };

export const failure = async (promise: PromiseLike<unknown>): Promise<Error> => {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("It should have been refused.");
};
