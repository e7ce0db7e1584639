import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { listenLocally } from "../servers/ports.ts";
import { verifyServiceToken, type ServiceToken } from "./service-jwt.ts";

/** An error answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly error: string;
  /** Further members of the body */
  readonly extra: object;

  constructor(status: number, error: string, message: string, extra: object = {}) {
    super(message);
    this.status = status;
    this.error = error;
    this.extra = extra;
  }
}

/** What arrived, as the service saw it. */
export interface Arrival {
  readonly nsid: string;
  readonly params: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface ServiceRequest extends Arrival {
  /** Bytes of the body, read when asked for; refused with `tooLarge` beyond so many */
  bytes(most?: number): Promise<Buffer>;
  json(): Promise<Record<string, unknown>>;
  /** The token, verified for this service and method, or others if they are named; `aud: undefined` leaves the audience to the caller */
  token(expected?: { readonly aud?: string | undefined; readonly lxm?: string }): Promise<ServiceToken>;
}

/** Gives the body of the answer. */
export type Handler = (request: ServiceRequest) => unknown;

export interface ServiceOptions {
  /** URL of the PLC directory, which knows the keys of accounts */
  readonly plc: string;
  /** Name of the service in its DID document: `bsky_chat` */
  readonly id: string;
  /** Default `did:web:localhost%3APORT` */
  readonly did?: string | undefined;
  /** By `GET nsid` or `POST nsid` */
  readonly routes: Readonly<Record<string, Handler>>;
}

export interface Service {
  readonly url: string;
  readonly did: string;
  /** Every request in order, refused ones too */
  readonly arrivals: Arrival[];
  /** Milliseconds that this service's clock is ahead: tokens expire for it that long before they do */
  clockAhead: number;
  /** Lets the process end although it listens. */
  unref(): void;
  close(): Promise<void>;
}

/** A service with a DID of its own, which no account's server is: reachable directly, and by `atproto-proxy` through a PDS. */
export async function startService({ plc, id, did, routes }: ServiceOptions): Promise<Service> {
  const arrivals: Arrival[] = [];
  const handle = async (message: IncomingMessage, url: URL): Promise<unknown> => {
    const document = {
      id: service.did,
      service: [{ id: `#${id}`, type: "AtprotoService", serviceEndpoint: service.url }],
    };
    if (url.pathname === "/.well-known/did.json") return document;
    const nsid = url.pathname.replace("/xrpc/", "");
    const arrival = { nsid, params: url.searchParams, headers: message.headers };
    arrivals.push(arrival);
    const handler = routes[`${message.method} ${nsid}`];
    if (handler === undefined) throw new Refusal(501, "MethodNotImplemented", "Method Not Implemented");
    return handler({
      ...arrival,
      bytes: (most) => bytesOf(message, most),
      json: async () => JSON.parse((await bytesOf(message)).toString()) as Record<string, unknown>,
      token: (expected = {}) =>
        verifyServiceToken(/^Bearer (.+)$/.exec(message.headers.authorization ?? "")?.[1], {
          aud: service.did,
          lxm: nsid,
          plc,
          now: Date.now() + service.clockAhead,
          ...expected,
        }),
    });
  };
  const server = createServer(async (message, response) => {
    let status = 200;
    let body: unknown;
    try {
      body = await handle(message, new URL(message.url ?? "/", "http://localhost"));
    } catch (error) {
      message.resume();
      const { message: text } = error as Error;
      status = error instanceof Refusal ? error.status : 500;
      body =
        error instanceof Refusal
          ? { error: error.error, message: text, ...error.extra }
          : { error: "InternalServerError", message: text };
    }
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
  });
  const port = await listenLocally(server);
  const service: Service = {
    url: `http://localhost:${port}`,
    did: did ?? `did:web:localhost%3A${port}`,
    arrivals,
    clockAhead: 0,
    unref: () => void server.unref(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return service;
}

async function bytesOf(message: IncomingMessage, most = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw new Refusal(413, "VideoTooLarge", `more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
