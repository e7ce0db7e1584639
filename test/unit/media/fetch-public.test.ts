import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MediaError } from "../../../src/core/errors/index.ts";
import { isPublicAddress } from "../../../src/core/http/public-addresses.ts";
import { fetchPublic, openPublic } from "../../../src/media/source/fetch-public.ts";
import { listenLocally } from "../../support/servers/ports.ts";

const failure = async (url: string | URL, options = {}): Promise<MediaError> => {
  const error: unknown = await fetchPublic(url, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MediaError);
  return error as MediaError;
};

describe("addresses", () => {
  test.each([
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2001::1",
    "localhost",
    "",
  ])("%s is not public", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(["1.1.1.1", "8.8.8.8", "100.63.0.1", "172.32.0.1", "192.0.3.1", "223.255.255.255", "2606:4700::1111"])(
    "%s is public",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

describe("fetching", () => {
  let server: Server;
  let origin: string;
  let requests: IncomingMessage[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const allowed = { allowPrivateAddresses: true } as const;

  beforeEach(async () => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(request);
      answer(request, response);
    });
    origin = `http://localhost:${await listenLocally(server)}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test("bytes, type and final URL come back; redirects are followed", async () => {
    answer = ({ url }, response) =>
      url === "/old?token=1"
        ? response.writeHead(302, { location: "/new" }).end()
        : response.writeHead(200, { "content-type": "Text/HTML; charset=utf-8", "content-length": "5" }).end("<p>hi");
    const { bytes, type, contentType, url, size } = await fetchPublic(`${origin}/old?token=1`, allowed);
    expect(new TextDecoder().decode(bytes)).toBe("<p>hi");
    expect([type, contentType, url.href, size]).toEqual(["text/html", "Text/HTML; charset=utf-8", `${origin}/new`, 5]);
    expect(requests[0]?.headers["user-agent"]).toMatch(/^skylex\//);
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
  ])("%s is decoded, and its decoded length counts", async (encoding, compress) => {
    answer = (_request, response) =>
      response.writeHead(200, { "content-encoding": encoding }).end(compress(Buffer.alloc(1_000_000, 65)));
    expect((await fetchPublic(origin, allowed)).bytes.length).toBe(1_000_000);
    expect((await failure(origin, { ...allowed, maxBytes: 999_999 })).message).toMatch(/more than 999999 bytes/);
  });

  test("a name or address that is not public is not connected to", async () => {
    answer = (_request, response) => response.end("secret");
    const { port } = new URL(origin);
    const names = [
      origin,
      `http://127.0.0.1:${port}/`,
      `http://[::1]:${port}/`,
      `http://2130706433:${port}/`,
      `http://0x7f.1:${port}/`,
      `http://[::ffff:127.0.0.1]:${port}/`,
      "https://169.254.169.254/latest/meta-data",
    ];
    for (const name of names) expect((await failure(name)).message).toMatch(/not public.*Nothing was sent/s);
    expect(requests).toEqual([]);
  });

  test("a redirect leads to http and https only, and not in circles", async () => {
    answer = (_request, response) => response.writeHead(301, { location: "file:///etc/passwd" }).end();
    expect((await failure(origin, allowed)).message).toMatch(/no http or https/);
    answer = (_request, response) => response.writeHead(301, { location: "/again" }).end();
    expect((await failure(origin, allowed)).message).toMatch(/more than 20 redirects/);
    expect(requests.length).toBe(22);
  });

  test("other answers than 200, torn ones and late ones are errors that hide the query", async () => {
    answer = (_request, response) => response.writeHead(404).end();
    expect((await failure(`${origin}/a?key=geheim`, allowed)).message).toBe(
      `${origin}/a answers with status 404. Nothing was sent.`,
    );
    answer = (_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("x", () => response.destroy());
    };
    expect((await failure(origin, allowed)).message).toMatch(/cannot be read/);
    answer = (_request, response) => void response.writeHead(200).write("x");
    expect((await failure(origin, { ...allowed, timeout: 100 })).message).toMatch(/no whole answer within 100 ms/);
    answer = (_request, response) => response.writeHead(200, { "content-encoding": "zstd" }).end("x");
    expect((await failure(origin, allowed)).message).toMatch(/zstd, which was not asked for/);
    expect((await failure("ftp://example.com/x")).message).toMatch(/no http or https/);
    server.close();
    server.closeAllConnections();
    expect((await failure(origin, allowed)).cause).toBeInstanceOf(Error);
  });

  test("what says that it is too long is not read", async () => {
    answer = (_request, response) => void response.writeHead(200, { "content-length": "5000" }).write("x");
    expect((await failure(origin, { ...allowed, maxBytes: 4999 })).message).toMatch(/has 5000 bytes; at most 4999/);
  });

  test("an abort ends it with its own reason: before, while waiting and while reading", async () => {
    const reason = new Error("enough");
    answer = (_request, response) => void response.writeHead(200).write("x");
    await expect(fetchPublic(origin, { ...allowed, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const { body } = await openPublic(origin, { ...allowed, signal: controller.signal });
    const reading = (async (): Promise<void> => {
      for await (const _chunk of body) controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });
});
