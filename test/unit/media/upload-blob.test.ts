import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client } from "../../../src/client/client.ts";
import { MediaError, NotAuthenticatedError, RateLimitError } from "../../../src/core/errors/index.ts";
import { ByteSource } from "../../../src/core/http/transport.ts";
import type { UploadProgress } from "../../../src/media/upload-blob.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { refusal } from "../../support/fakes/scripted-fetch.ts";
import { testClient } from "../../support/fakes/test-client.ts";
import { listenLocally } from "../../support/servers/ports.ts";

const folder = mkdtempSync(join(tmpdir(), "skylex-upload-"));
const path = join(folder, "picture.bin");
const gif = Buffer.concat([Buffer.from("GIF89a"), Buffer.alloc(200_000, 1)]);
const blob = { $type: "blob", ref: { $link: "bafy" }, mimeType: "image/gif", size: gif.length };

beforeAll(() => writeFileSync(path, gif));
afterAll(() => rmSync(folder, { recursive: true }));

const signedIn = { service: "https://pds.example.com", accessToken: "token" } as const;

describe("uploadBlob", () => {
  test("A16.2 sends a file from disk with its length and what it is, and gives the blob as the server answers it", async () => {
    const { client, fetch } = testClient([Response.json({ blob })], signedIn);
    expect(await client.uploadBlob(path)).toEqual({ blob });
    const [request] = fetch.requests;
    expect(request?.url.href).toBe("https://pds.example.com/xrpc/com.atproto.repo.uploadBlob");
    expect(request?.headers).toMatchObject({ "content-type": "image/gif", "content-length": String(gif.length) });
  });

  test.each([
    ["what is given", gif, "image/x-own", "image/x-own"],
    ["what the bytes show", new Blob([gif], { type: "image/png" }), undefined, "image/gif"],
    ["what the Blob says", new Blob(["words"], { type: "text/plain" }), undefined, "text/plain"],
    ["nothing known", new Uint8Array([1, 2, 3]), undefined, "application/octet-stream"],
  ] as const)("the type is %s", async (_, source, mimeType, sent) => {
    const { client, fetch } = testClient([Response.json({ blob })], signedIn);
    await client.uploadBlob(source, { mimeType });
    expect(fetch.requests[0]?.headers["content-type"]).toBe(sent);
  });

  test("progress counts bytes, and a repeated attempt reads the file from its start", async () => {
    const lengths: number[] = [];
    const server = createServer((request, response) => {
      let length = 0;
      request.on("data", (chunk: Buffer) => (length += chunk.length));
      request.on("end", () => {
        lengths.push(length);
        response.writeHead(lengths.length === 1 ? 429 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify(lengths.length === 1 ? { error: "RateLimitExceeded" } : { blob }));
      });
    });
    const service = `http://localhost:${await listenLocally(server)}`;
    const retry = { attempts: 2, baseDelay: 1 };
    await using client = new Client({ service, accessToken: "token", storage: new MemoryStorage(), retry });
    const progress: UploadProgress[] = [];
    expect(await client.uploadBlob(path, { onProgress: (at) => progress.push(at) })).toEqual({ blob });
    server.close();
    expect(lengths).toEqual([gif.length, gif.length]);
    expect(progress.filter(({ loaded }) => loaded === 0)).toHaveLength(2);
    expect(progress.filter(({ loaded }) => loaded === gif.length)).toHaveLength(2);
    expect(progress.every(({ total }) => total === gif.length)).toBe(true);
  });

  test("a stream is sent once: nobody can read it again", async () => {
    const { client, fetch } = testClient([refusal(429, "RateLimitExceeded")], signedIn);
    await expect(client.uploadBlob(new Blob([gif]).stream())).rejects.toBeInstanceOf(RateLimitError);
    expect(fetch.requests).toHaveLength(1);
    expect(fetch.requests[0]?.headers["content-length"]).toBeUndefined();
  });

  test("nothing is sent of what is empty or missing, or without an account", async () => {
    const { client, fetch } = testClient([], signedIn);
    await expect(client.uploadBlob(new Uint8Array())).rejects.toBeInstanceOf(MediaError);
    await expect(client.uploadBlob(join(folder, "none"))).rejects.toBeInstanceOf(MediaError);
    await expect(client.uploadBlob("http://localhost/picture.png")).rejects.toThrow(/allowPrivateAddresses/);
    expect(fetch.requests).toEqual([]);
    const anonymous = testClient();
    await expect(anonymous.client.uploadBlob(path)).rejects.toBeInstanceOf(NotAuthenticatedError);
    expect(anonymous.fetch.requests).toEqual([]);
  });

  test("an abort ends it with its own reason", async () => {
    const { client } = testClient(["hang"], signedIn);
    const controller = new AbortController();
    const upload = client.uploadBlob(path, { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(upload).rejects.toThrow("enough");
  });
});

test("a byte source is a body like any other, and the log says what it was", async () => {
  const { client, fetch } = testClient([Response.json({ blob })], signedIn);
  const source = new ByteSource(
    3,
    async function* () {
      yield new Uint8Array([1, 2, 3]);
    },
    "image/x-own",
  );
  await client.com.atproto.repo.uploadBlob(source);
  expect(fetch.requests[0]?.headers).toMatchObject({ "content-type": "image/x-own", "content-length": "3" });
  const [row] = await client.log.query();
  expect(row?.params).toBe('{"bytes":3,"type":"image/x-own"}');
});
