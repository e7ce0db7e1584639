import { Client, type ClientOptions } from "../../../src/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { token } from "../auth/stand-in-server.ts";
import { FakeClock } from "../../support/fakes/fake-clock.ts";
import { scriptedFetch, type ScriptedFetch } from "../../support/fakes/scripted-fetch.ts";

type Request = ScriptedFetch["requests"][number];

export const home = "https://pds.example";
export const alice = { did: "did:plc:alice", handle: "alice.example" };
/** Lives elsewhere. */
export const bob = { did: "did:plc:bob", handle: "bob.example", pds: "https://bob-pds.example" };

export interface Surroundings {
  readonly client: Client;
  readonly clock: FakeClock;
  readonly fetch: ScriptedFetch;
  readonly lines: string[];
  /** What was sent, but for what leads to it: identities and service tokens */
  readonly calls: () => readonly Request[];
  /** The one of them */
  readonly sent: () => Request;
  /** Requests for service tokens: their parameters */
  readonly issued: () => readonly Record<string, string>[];
}

const aids = new Set(["com.atproto.identity.resolveHandle", "com.atproto.server.getServiceAuth"]);

const nsidOf = ({ url }: Request): string => url.pathname.replace("/xrpc/", "").replace(/^\//, "");

/** A world of one account, its server and its directory. `answer` may answer in their place. */
export function surroundings(
  options: ClientOptions = {},
  answer: (request: Request, nsid: string) => Response | undefined = () => undefined,
): Surroundings {
  const clock = new FakeClock();
  let tokens = 0;
  const serve = (request: Request): Response => {
    const nsid = nsidOf(request);
    const { searchParams } = request.url;
    const own = answer(request, nsid);
    if (own !== undefined) return own;
    switch (nsid) {
      case "com.atproto.identity.resolveHandle":
        return searchParams.get("handle") === bob.handle
          ? Response.json({ did: bob.did })
          : Response.json({ error: "HandleNotFound", message: "" }, { status: 400 });
      case bob.did:
        return document(bob.did, bob.pds);
      case alice.did:
        return document(alice.did, home);
      case "com.atproto.server.describeServer":
        return Response.json({ did: "did:web:the-pds.example", availableUserDomains: [] });
      case "com.atproto.server.getServiceAuth": {
        const { aud, lxm, exp } = Object.fromEntries(searchParams);
        const end = exp === undefined ? clock.now() + 60_000 : Number(exp) * 1000;
        return Response.json({ token: token(end, { aud, lxm, n: ++tokens }) });
      }
      default:
        return Response.json({});
    }
  };
  const fetch = scriptedFetch(serve);
  const lines: string[] = [];
  const write = (message: string): void => void lines.push(message);
  const logger = { debug: write, info: write, warn: write, error: write };
  const storage = new MemoryStorage({ now: () => clock.now() });
  const client = new Client({
    fetch,
    clock,
    logger,
    logLevel: "debug",
    storage,
    random: () => 0.5,
    validate: false,
    ...options,
  });
  const calls = (): readonly Request[] =>
    fetch.requests.filter((request) => !aids.has(nsidOf(request)) && request.url.pathname.startsWith("/xrpc/"));
  return {
    client,
    clock,
    fetch,
    lines,
    calls,
    sent: () => calls().at(-1) as Request,
    issued: () =>
      fetch.requests
        .filter((request) => nsidOf(request) === "com.atproto.server.getServiceAuth")
        .map(({ url }) => Object.fromEntries(url.searchParams)),
  };
}

const document = (id: string, serviceEndpoint: string): Response =>
  Response.json({ id, service: [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint }] });

/** Alice's client: her token says who she is. */
export const accessToken = token(Date.UTC(2030, 0, 1), { sub: alice.did, scope: "com.atproto.access" });
export const asAlice = { service: home, accessToken } as const;

/** What a header says of who is asking: nothing, the session's token, or what a service token is for. */
export function whoIsAsking({ headers }: Request): string {
  const { authorization } = headers;
  if (authorization === undefined) return "nobody";
  const raw = authorization.replace("Bearer ", "");
  if (raw === accessToken) return "session";
  const { aud, lxm } = JSON.parse(Buffer.from(raw.split(".")[1] ?? "", "base64url").toString()) as Record<
    string,
    string
  >;
  return `${aud} ${lxm}`;
}
