import type { Fetch } from "../../../src/index.ts";
import { violationOf, type RawAnswer } from "./lexicon-check.ts";

export interface Witness {
  readonly fetch: Fetch;
  /** Every successful answer in order of arrival, as it came over the wire */
  readonly answers: RawAnswer[];
  /** What was wrong with them, by their lexicons */
  readonly violations: string[];
  /** Every request in order of sending */
  readonly requests: { readonly url: URL; readonly headers: Headers; readonly body: unknown }[];
}

/** The platform's `fetch`, watched from below the client: what it sees has not passed any code of ours. */
export function startWitness(): Witness {
  const answers: RawAnswer[] = [];
  const violations: string[] = [];
  const requests: Witness["requests"] = [];
  const fetch: Fetch = async (url, init) => {
    requests.push({ url: new URL(url), headers: new Headers(init.headers), body: init.body });
    const response = await globalThis.fetch(url, init);
    // DID documents are read on the way, and no lexicon describes them.
    if (!response.ok || !new URL(url).pathname.startsWith("/xrpc/")) return response;
    const answer = {
      nsid: new URL(url).pathname.replace("/xrpc/", ""),
      encoding: (response.headers.get("content-type") ?? "").replace(/;.*/, ""),
      body: new Uint8Array(await response.clone().arrayBuffer()),
    };
    answers.push(answer);
    const violation = violationOf(answer);
    if (violation !== undefined) violations.push(violation);
    return response;
  };
  return { fetch, answers, violations, requests };
}
