import { once } from "node:events";
import {
  createServer,
  request as sendRequest,
  STATUS_CODES,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import {
  matches,
  seededRandom,
  type Fault,
  type FaultPlan,
  type ProxiedRequest,
  type RequestMatch,
  type StatusFault,
} from "./faults.ts";
import { listenLocally } from "./ports.ts";

export interface ProxyLogEntry extends ProxiedRequest {
  at: number;
  body: Buffer;
  fault?: Fault["kind"];
  /** The name of the error that a `status` fault answered with */
  refusal?: string;
  /** The server's own answer; absent as long as, or if, the server never saw the request */
  serverStatus?: number;
  /** When the client had its answer, or its connection was cut; absent as long as it waits */
  endedAt?: number;
  /** The client had gone before its answer came */
  abandoned?: boolean;
}

export interface FaultProxyOptions {
  plan?: FaultPlan;
  /** Seed of the `random` that `plan` gets */
  seed?: number;
  /** Sees every answer of the server before the fault does, and gives the body that goes on in its place */
  witness?: (entry: ProxyLogEntry, body: Buffer) => Buffer;
}

export interface FaultProxy {
  url: string;
  /** Every request in order of arrival */
  log: ProxyLogEntry[];
  /** Queues faults: each hits the next request that `match` describes, one fault a request */
  next: (match: RequestMatch, ...faults: Fault[]) => void;
  /** Faults that have not hit anything yet */
  pending: () => Fault[];
  /** When every request that has come until now is dealt with, those of clients that are gone among them */
  settled: () => Promise<void>;
  /** Cuts all WebSockets: close code 1006 */
  cutSockets: () => void;
  close: () => Promise<void>;
}

/**
 * Stands between client and server and lets requests fail as planned. On WebSockets only `status`, `reset`, `hang` and
 * `delayMs` can act, all before they open; other faults leave them alone.
 */
export async function startFaultProxy(target: string, options: FaultProxyOptions = {}): Promise<FaultProxy> {
  const upstream = new URL(target);
  const random = seededRandom(options.seed ?? 1);
  const queue: { match: RequestMatch; fault: Fault }[] = [];
  const log: ProxyLogEntry[] = [];
  const sockets = new Set<Duplex>();
  const closed = new AbortController();

  const faultFor = (request: ProxiedRequest): Fault | undefined => {
    const index = queue.findIndex(({ match }) => matches(match, request));
    return index === -1 ? options.plan?.(request, random) : queue.splice(index, 1)[0]?.fault;
  };
  const arrived = (message: IncomingMessage, method: string) => {
    const path = message.url ?? "/";
    const nsid = path.replace(/^\/xrpc\//, "").replace(/\?.*$/, "");
    const request: ProxiedRequest = { method, nsid, path, headers: message.headers };
    const fault = faultFor(request);
    const entry: ProxyLogEntry = {
      ...request,
      at: Date.now(),
      body: Buffer.alloc(0),
      ...(fault && { fault: fault.kind }),
      ...(fault?.kind === "status" && fault.error !== undefined && { refusal: fault.error }),
    };
    log.push(entry);
    return { fault, entry };
  };

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { fault, entry } = arrived(message, message.method ?? "GET");
    entry.body = Buffer.concat(await message.toArray());
    if (fault?.delayMs) await sleep(fault.delayMs, undefined, { signal: closed.signal });
    if (fault?.kind === "hang") return;
    if (fault?.kind === "reset") {
      message.socket.resetAndDestroy();
    } else if (fault?.kind === "status") {
      const { headers, body } = answerOf(fault);
      response.writeHead(fault.status, headers).end(body);
    } else {
      const answer = await forward(upstream, entry);
      entry.serverStatus = answer.status;
      entry.abandoned = response.destroyed;
      const body = options.witness?.(entry, answer.body) ?? answer.body;
      if (body !== answer.body) answer.headers["content-length"] = body.length;
      await deliver(fault, { ...answer, body }, message, response, closed.signal);
    }
    entry.endedAt = Date.now();
  }

  const serving = new Set<Promise<void>>();
  const server = createServer((message, response) => {
    const served = serve(message, response)
      .catch((error: unknown) => {
        // Nobody is left to be told, or the answer has begun and can only be broken off.
        if (response.headersSent || response.destroyed) response.destroy();
        else
          response
            .writeHead(502, { "content-type": "text/plain" })
            .end(`Fault proxy before ${target}: ${String(error)}`);
      })
      .finally(() => serving.delete(served));
    serving.add(served);
  });

  async function open(message: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    sockets.add(client);
    client.on("error", () => client.destroy());
    client.on("close", () => sockets.delete(client));
    const { fault } = arrived(message, "WS");
    if (fault?.delayMs) await sleep(fault.delayMs, undefined, { signal: closed.signal });
    if (fault?.kind === "hang") return;
    if (fault?.kind === "reset") {
      client.destroy();
      return;
    }
    if (fault?.kind === "status") {
      const { headers, body } = answerOf(fault);
      client.end(httpHead(`HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status] ?? ""}`, headers) + body);
      return;
    }
    const server = connect(Number(upstream.port || 80), upstream.hostname);
    server.on("error", () => client.destroy());
    server.on("close", () => client.destroy());
    client.on("close", () => server.destroy());
    server.write(httpHead(`GET ${message.url ?? "/"} HTTP/1.1`, message.headers));
    server.write(head);
    server.pipe(client);
    client.pipe(server);
  }
  server.on("upgrade", (message: IncomingMessage, client: Duplex, head: Buffer) => {
    open(message, client, head).catch(() => client.destroy());
  });

  const port = await listenLocally(server);
  const cutSockets = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://localhost:${port}`,
    log,
    next: (match, ...faults) => {
      queue.push(...faults.map((fault) => ({ match, fault })));
    },
    pending: () => queue.map(({ fault }) => fault),
    settled: async () => void (await Promise.all(serving)),
    cutSockets,
    async close() {
      closed.abort();
      cutSockets();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Buffer;
}

async function forward(upstream: URL, { method, path, headers, body }: ProxyLogEntry): Promise<Answer> {
  // `Host` stays: the PDS resolves handles by it. Faults cut and edit plain text, so no compression.
  const sent: OutgoingHttpHeaders = { ...headers, "accept-encoding": "identity", connection: "close" };
  delete sent["transfer-encoding"];
  if (body.length > 0) sent["content-length"] = body.length;
  const { hostname, port } = upstream;
  // A connection of its own each: a kept one that the server just gave up would be a fault nobody planned.
  const request = sendRequest({ hostname, port, method, path, headers: sent, agent: false }).end(body);
  const [response]: IncomingMessage[] = await once(request, "response");
  if (!response) throw new Error(`${upstream.origin} gave no response object.`);
  const received = Buffer.concat(await response.toArray());
  const answered: OutgoingHttpHeaders = { ...response.headers };
  delete answered.connection;
  delete answered["transfer-encoding"];
  const status = response.statusCode ?? 502;
  // These have no body, whatever length they name.
  if (method !== "HEAD" && status !== 204 && status !== 304) answered["content-length"] = received.length;
  return { status, headers: answered, body: received };
}

/** The server has answered: what the client gets to see of it. */
async function deliver(
  fault: Fault | undefined,
  { status, headers, body }: Answer,
  message: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const half = body.subarray(0, Math.floor(body.length / 2));
  const send = (bytes: Buffer) => response.writeHead(status, { ...headers, "content-length": bytes.length }).end(bytes);
  switch (fault?.kind) {
    case "resetAfter":
      message.socket.resetAndDestroy();
      return;
    case "statusAfter": {
      const gateway = answerOf({ kind: "status", status: fault.status ?? 504, html: true });
      response.writeHead(fault.status ?? 504, gateway.headers).end(gateway.body);
      return;
    }
    case "truncate":
      response.writeHead(status, headers);
      await new Promise((resolve) => response.write(half, resolve));
      message.socket.destroy();
      return;
    case "badJson":
      send(half);
      return;
    case "mutate":
      send(Buffer.from(JSON.stringify(fault.edit(JSON.parse(body.toString())))));
      return;
    case "drip":
      response.writeHead(status, headers);
      for (const byte of body) {
        if (response.destroyed) return;
        response.write(Buffer.of(byte));
        await sleep(fault.msPerByte, undefined, { signal });
      }
      response.end();
      return;
    case "delayAfter":
      await sleep(fault.ms, undefined, { signal });
  }
  response.writeHead(status, headers).end(body);
}

function answerOf({ status, html, error, message, headers }: StatusFault): {
  headers: OutgoingHttpHeaders;
  body: string;
} {
  const body = html
    ? `<html><body><h1>${status} ${STATUS_CODES[status] ?? ""}</h1></body></html>`
    : JSON.stringify({ error: error ?? "UpstreamFailure", message: message ?? "Injected by the fault proxy" });
  const own = { "content-type": html ? "text/html" : "application/json", "content-length": Buffer.byteLength(body) };
  return { headers: { ...own, ...headers }, body };
}

function httpHead(firstLine: string, headers: OutgoingHttpHeaders): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  return [firstLine, ...lines, "", ""].join("\r\n");
}
