import type { ClientOptions } from "../../../../src/index.ts";
import { refusal } from "../../../support/fakes/scripted-fetch.ts";
import { testClient, type TestClient } from "../../../support/fakes/test-client.ts";

/** An answer, or several in order, the last of which stays. */
type Answers = Response | Error | object | readonly (Response | Error | object)[];

export interface ScriptedService extends TestClient {
  /** Names of the calls so far, without those that get tokens */
  readonly calls: () => readonly string[];
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token of a test: nothing here verifies it. */
const token = (claims: object): string => `${part({ alg: "ES256K" })}.${part(claims)}.signature`;

export const did = "did:plc:alice";

export const blob = {
  $type: "blob",
  ref: { $link: "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy" },
  mimeType: "video/mp4",
  size: 6371,
} as const;

export const job = (state: string, more: object = {}): object => ({ jobId: "job1", did, state, ...more });
export const status = (state: string, more: object = {}): object => ({ jobStatus: job(state, more) });
export const done = status("JOB_STATE_COMPLETED", { blob });

const prefix = "app.bsky.video.";

/** A client, and a video service that answers by the names of methods, in any order they are called in. */
export function scriptedService(
  script: Readonly<Record<string, Answers>>,
  options: ClientOptions = {},
): ScriptedService {
  const left = new Map<string, (Response | Error | object)[]>();
  const defaults: Readonly<Record<string, Answers>> = {
    "com.atproto.server.getServiceAuth": { token: token({ exp: 4_000_000_000 }) },
    "com.atproto.server.describeServer": { did: "did:web:pds.test", availableUserDomains: [] },
    [`${prefix}getUploadLimits`]: { canUpload: true },
  };
  const made = testClient(
    [
      ({ url }) => {
        const nsid = url.pathname.replace("/xrpc/", "");
        const given = script[nsid] ?? script[nsid.replace(prefix, "")] ?? defaults[nsid];
        if (given === undefined) return refusal(501, "MethodNotImplemented");
        const answers = left.get(nsid) ?? (Array.isArray(given) ? [...(given as object[])] : [given]);
        left.set(nsid, answers);
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        if (answer instanceof Error) throw answer;
        return answer instanceof Response ? answer.clone() : Response.json(answer);
      },
    ],
    { service: "https://pds.test", accessToken: token({ sub: did, exp: 4_000_000_000 }), ...options },
  );
  const isToken = /getServiceAuth|describeServer/;
  const calls = (): readonly string[] =>
    made.fetch.requests
      .map(({ url }) => url.pathname.replace("/xrpc/", "").replace(prefix, ""))
      .filter((name) => !isToken.test(name));
  return { ...made, calls };
}
