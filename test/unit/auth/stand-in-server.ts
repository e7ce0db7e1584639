import type { Step } from "../../support/fakes/scripted-fetch.ts";
import type { FakeClock } from "../../support/fakes/fake-clock.ts";

type Request = Parameters<Extract<Step, (...given: never) => unknown>>[0];

export interface StandInOptions {
  /** Milliseconds an access token lives. Default 2 hours */
  readonly life?: number;
  /** Whether login answers hold the DID document. Default false */
  readonly givesDocument?: boolean;
  /** Answers a request instead of the server, if it gives anything */
  intercept?: (request: Request, nsid: string) => Response | undefined;
}

export const alice = { did: "did:plc:alice", handle: "alice.example", email: "alice@mail.example", password: "pw-a" };
export const pds = "https://pds.example";

const refuse = (status: number, error: string): Response =>
  Response.json({ error, message: `${error} happened` }, { status });

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** A JWT without a true signature, as a server of this name would make it. */
export function token(expiresAt: number, claims: Record<string, unknown> = {}): string {
  return `${encode({ alg: "HS256" })}.${encode({ ...claims, exp: Math.floor(expiresAt / 1000) })}.sig`;
}

/** One server for all hosts: PDS, entryway, directory and AppView of one account, as far as sessions can tell. */
export class StandInServer {
  readonly calls: string[] = [];
  /** `host nsid token` */
  readonly bearers: string[] = [];
  readonly options: StandInOptions;
  readonly #clock: FakeClock;
  #access = "";
  #refresh = "";
  #made = 0;

  constructor(clock: FakeClock, options: StandInOptions = {}) {
    this.#clock = clock;
    this.options = options;
  }

  count(nsid: string): number {
    return this.calls.filter((call) => call.endsWith(nsid)).length;
  }

  /** The server forgets what it gave. */
  revoke(which: "access" | "both"): void {
    this.#access = "";
    if (which === "both") this.#refresh = "";
  }

  readonly answer = (request: Request): Response => {
    const { url, headers } = request;
    const nsid = url.pathname.replace("/xrpc/", "").replace(/^\//, "");
    this.calls.push(`${url.host} ${nsid}`);
    const bearer = headers["authorization"]?.replace("Bearer ", "");
    this.bearers.push(`${url.host} ${nsid} ${bearer ?? "-"}`);
    return this.options.intercept?.(request, nsid) ?? this.#serve(request, nsid, bearer);
  };

  #serve(request: Request, nsid: string, bearer: string | undefined): Response {
    switch (nsid) {
      case alice.did:
        return Response.json(document);
      case "com.atproto.identity.resolveHandle":
        return Response.json({ did: alice.did });
      case "com.atproto.server.createSession": {
        const { identifier, password } = JSON.parse(String(request.body)) as Record<string, string>;
        const known = [alice.did, alice.handle, alice.email].includes(identifier ?? "");
        return known && password === alice.password ? this.#issue() : refuse(401, "AuthenticationRequired");
      }
      case "com.atproto.server.refreshSession":
        if (request.body !== undefined) return refuse(400, "InvalidRequest");
        return bearer === this.#refresh ? this.#issue() : refuse(400, "ExpiredToken");
      case "com.atproto.server.deleteSession":
        if (request.body !== undefined) return refuse(400, "InvalidRequest");
        if (bearer !== this.#refresh) return refuse(400, "ExpiredToken");
        this.revoke("both");
        return new Response();
      default:
        if (request.url.host === "public.api.bsky.app" || request.url.host.startsWith("elsewhere")) {
          return Response.json({ ok: true });
        }
        if (bearer === undefined) return refuse(401, "AuthMissing");
        return bearer === this.#access ? Response.json({ ok: true }) : refuse(400, "ExpiredToken");
    }
  }

  #issue(): Response {
    this.#made++;
    this.#access = token(this.#clock.now() + (this.options.life ?? 7_200_000), { sub: alice.did, n: this.#made });
    this.#refresh = token(this.#clock.now() + 90 * 86_400_000, { sub: alice.did, jti: String(this.#made) });
    return Response.json({
      did: alice.did,
      handle: alice.handle,
      accessJwt: this.#access,
      refreshJwt: this.#refresh,
      ...(this.options.givesDocument && { didDoc: document }),
    });
  }
}

const document = {
  id: alice.did,
  service: [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: pds }],
};
