import type { Fetch } from "../../../src/core/http/transport.ts";

interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly redirect: string | undefined;
}

/** What happens to a request: an answer, a failure, no answer at all, or what a function makes of it. */
export type Step = Response | Error | "hang" | ((request: SentRequest) => Response);

export interface ScriptedFetch extends Fetch {
  readonly requests: SentRequest[];
}

/** A `fetch` that plays a script, a step for each request; the last step stays. */
export function scriptedFetch(...steps: readonly Step[]): ScriptedFetch {
  const requests: SentRequest[] = [];
  const fetch: Fetch = async (url, init) => {
    const request = {
      method: init.method ?? "GET",
      url: new URL(url),
      headers: init.headers as Record<string, string>,
      body: init.body,
      redirect: init.redirect,
    };
    const step = steps[Math.min(requests.length, steps.length - 1)] ?? Response.json({});
    requests.push(request);
    if (step === "hang") return hang(init.signal);
    if (step instanceof Error) throw step;
    return typeof step === "function" ? step(request) : step.clone();
  };
  return Object.assign(fetch, { requests });
}

const hang = (signal: AbortSignal | null | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
  });

/** What Node's `fetch` throws when a connection fails, with the system's code as its cause. */
export const networkFailure = (code: string): Error =>
  Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(`simulated ${code}`), { code }) });

/** An XRPC error. */
export const refusal = (status: number, error: string, headers: Record<string, string> = {}): Response =>
  Response.json({ error, message: `${error} happened` }, { status, headers });

/** An error page of something in front of the server. */
export const page = (status: number): Response =>
  new Response(`<html><body><h1>${status}</h1></body></html>`, { status, headers: { "content-type": "text/html" } });
