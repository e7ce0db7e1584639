import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeTransport } from "../../../src/core/http/node-transport.ts";
import type { Transport, TransportResponse, TransportRequest } from "../../../src/core/http/transport.ts";
import { ByteSource, Cancellation, fetchTransport } from "../../../src/core/http/transport.ts";
import { listenLocally } from "../../support/servers/ports.ts";

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

const transports: readonly (readonly [name: string, transport: Transport])[] = [
  ["Node's HTTP client", nodeTransport],
  ["fetch", fetchTransport((url, init) => globalThis.fetch(url, init))],
];

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const text = ({ body }: TransportResponse): string => new TextDecoder().decode(body);

describe.each(transports)("%s", (_name, transport) => {
  let server: Server;
  let origin: string;
  let handler: Handler;
  let connections = 0;

  beforeEach(async () => {
    connections = 0;
    server = createServer((request, response) => {
      void readBody(request).then(
        (body) => handler(request, response, body),
        () => response.destroy(),
      );
    });
    server.on("connection", () => connections++);
    origin = `http://localhost:${await listenLocally(server)}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const send = (path: string, more: Partial<TransportRequest> = {}): Promise<TransportResponse> =>
    transport({
      method: "GET",
      url: origin + path,
      headers: {},
      body: undefined,
      cancellation: new Cancellation(),
      maxBytes: 10_000_000,
      ...more,
    });

  test("a byte source is sent with its length, and read anew for every request", async () => {
    let opened = 0;
    const source = new ByteSource(6, async function* () {
      opened++;
      yield new Uint8Array([1, 2]);
      yield new Uint8Array([3, 4, 5, 6]);
    });
    const bodies: unknown[] = [];
    handler = (request, response, body) => {
      bodies.push([request.headers["content-length"], request.headers["transfer-encoding"], [...body]]);
      response.end();
    };
    await send("/", { method: "POST", body: source });
    await send("/", { method: "POST", body: source });
    expect(bodies).toEqual([
      ["6", undefined, [1, 2, 3, 4, 5, 6]],
      ["6", undefined, [1, 2, 3, 4, 5, 6]],
    ]);
    expect(opened).toBe(2);
  });

  test("a byte source is closed when its request is cancelled half way", async () => {
    const cancellation = new Cancellation();
    let closed: (() => void) | undefined;
    const closing = new Promise<void>((resolve) => (closed = resolve));
    const source = new ByteSource(2 ** 30, async function* () {
      try {
        for (;;) {
          yield new Uint8Array(65_536);
          await setImmediate();
          cancellation.cancel();
        }
      } finally {
        closed?.();
      }
    });
    handler = (_request, response) => response.end();
    await expect(send("/", { method: "POST", body: source, cancellation })).rejects.toThrow(/cancelled|aborted/);
    await closing;
  });

  test("status, headers whatever their case, URL and bytes arrive", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    handler = (request, response) => {
      response.writeHead(203, { "X-Method": request.method ?? "", "X-Twice": ["a", "b"] }).end(bytes);
    };
    const answer = await send("/a?b=c%20d");
    expect(answer.status).toBe(203);
    expect(answer.headers.get("x-method")).toBe("GET");
    expect(answer.headers.get("X-METHOD")).toBe("GET");
    expect(answer.headers.get("x-twice")).toBe("a, b");
    expect([answer.headers.has("x-none"), answer.headers.get("x-none")]).toEqual([false, null]);
    expect([...answer.headers].find(([name]) => name === "x-method")).toEqual(["x-method", "GET"]);
    expect(answer.url).toBe(`${origin}/a?b=c%20d`);
    expect(answer.body).toEqual(bytes);
    expect(Object.getPrototypeOf(answer.body)).toBe(Uint8Array.prototype);
  });

  test("headers and bodies of every kind are sent", async () => {
    handler = (request, response, body) => {
      const { "content-length": length, "x-mine": mine } = request.headers;
      response.end(JSON.stringify({ method: request.method, length, mine, body: body.toString("latin1") }));
    };
    const options = { method: "POST", headers: { "x-mine": "1" } } as const;
    const post = async (body: TransportRequest["body"]): Promise<unknown> =>
      JSON.parse(text(await send("/", { ...options, body })));
    const sent = { method: "POST", mine: "1" };
    expect(await post("grüße")).toEqual({ ...sent, length: "7", body: "grÃ¼Ã\x9fe" });
    expect(await post(new Uint8Array([1, 2, 255]))).toEqual({ ...sent, length: "3", body: "\x01\x02ÿ" });
    expect(await post(new Blob(["blob"]))).toEqual({ ...sent, length: "4", body: "blob" });
    expect(await post(new Blob(["stream"]).stream())).toEqual({ ...sent, body: "stream" });
    expect(await post(undefined)).toEqual({ ...sent, length: "0", body: "" });
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ] as const)("answers in %s are decompressed, small and large", async (encoding, compress) => {
    const large = Buffer.from(Array.from({ length: 400_000 }, (_, index) => (index * index * 31 + (index >> 3)) % 251));
    for (const content of [Buffer.from('{"a":1}'), large]) {
      const compressed = compress(content);
      handler = (request, response) => {
        // fetch asks for br over https only, and is not sent what it does not ask for.
        const asked = String(request.headers["accept-encoding"]).includes(encoding);
        if (asked) response.setHeader("content-encoding", encoding);
        response.end(asked ? compressed : content);
      };
      expect(Buffer.from((await send("/")).body).equals(content)).toBe(true);
    }
  });

  test("an empty body, also of a compressed answer, is empty", async () => {
    handler = (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end();
    expect((await send("/")).body).toHaveLength(0);
    handler = (_request, response) => response.writeHead(204).end();
    expect((await send("/")).status).toBe(204);
  });

  test("redirected reads are followed; the token stays with its origin", async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end("elsewhere");
    });
    const elsewhere = `http://127.0.0.1:${await listenLocally(other)}/there`;
    handler = (request, response) => {
      seen.push(request.headers.authorization);
      const location = request.url === "/one" ? "/two" : elsewhere;
      response.writeHead(request.url === "/one" ? 302 : 307, { location }).end("moved");
    };
    const answer = await send("/one", { headers: { authorization: "Bearer secret", "x-mine": "1" } });
    other.closeAllConnections();
    other.close();
    expect(text(answer)).toBe("elsewhere");
    expect(answer.url).toBe(elsewhere);
    expect(seen).toEqual(["Bearer secret", "Bearer secret", undefined]);
  });

  test("redirects that never end are an error", async () => {
    handler = (_request, response) => response.writeHead(302, { location: "/again" }).end();
    await expect(send("/")).rejects.toBeInstanceOf(Error);
  });

  test("a redirected write is an answer", async () => {
    handler = (_request, response) => response.writeHead(307, { location: "/elsewhere" }).end();
    const { status, headers } = await send("/", { method: "POST", body: "{}" });
    expect([status, headers.get("location")]).toEqual([307, "/elsewhere"]);
  });

  test("connections are kept", async () => {
    handler = (_request, response) => response.end("x");
    for (let index = 0; index < 5; index++) await send("/");
    expect(connections).toBeLessThanOrEqual(2);
  });

  test("an abort ends the request: before the answer and within it", async () => {
    let closed = 0;
    handler = (request, response) => {
      response.on("close", () => closed++);
      if (request.url === "/within") response.writeHead(200).write("some");
    };
    for (const path of ["/before", "/within"]) {
      const cancellation = new Cancellation();
      const sent = send(path, { cancellation });
      setTimeout(() => cancellation.cancel(), 50);
      await expect(sent).rejects.toBeInstanceOf(Error);
    }
    await expect.poll(() => closed, { timeout: 10_000 }).toBe(2);
    const cancelled = new Cancellation();
    cancelled.cancel();
    await expect(send("/", { cancellation: cancelled })).rejects.toBeInstanceOf(Error);
  });

  test.each<readonly [name: string, fault: Handler]>([
    ["a connection reset before the answer", (request) => void request.socket.resetAndDestroy()],
    [
      "an answer cut off",
      (request, response) => {
        response.writeHead(200, { "content-length": 100 }).write("half");
        setTimeout(() => request.socket.destroy(), 10);
      },
    ],
    [
      "chunks cut off",
      (request, response) => {
        response.writeHead(200).write("half");
        setTimeout(() => request.socket.destroy(), 10);
      },
    ],
    ["a torn gzip", (_request, response) => response.writeHead(200, { "content-encoding": "gzip" }).end("torn")],
  ])("%s is an error", async (_, fault) => {
    handler = fault;
    await expect(send("/")).rejects.toBeInstanceOf(Error);
  });

  test("a stream that somebody reads already is refused", async () => {
    handler = (_request, response) => response.end();
    const body = new Blob(["x"]).stream();
    body.getReader();
    await expect(send("/", { method: "POST", body })).rejects.toBeInstanceOf(Error);
  });

  test("a refused connection carries the system's code", async () => {
    server.close();
    const error = await send("/").then(undefined, (reason: unknown) => reason);
    const codes: unknown[] = [];
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      codes.push(
        (at as { code?: unknown }).code,
        ...(at instanceof AggregateError ? at.errors.map(({ code }) => code) : []),
      );
    }
    expect(codes).toContain("ECONNREFUSED");
  });
});
