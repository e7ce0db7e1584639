import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MediaError, MediaTooLargeError } from "../../../src/core/errors/index.ts";
import type { MediaSource } from "../../../src/media/source/source.ts";
import { openMedia, readAll } from "../../../src/media/source/source.ts";
import { listenLocally } from "../../support/servers/ports.ts";

const png = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(100_000, 7)]);
const folder = mkdtempSync(join(tmpdir(), "skylex-source-"));
const path = join(folder, "looks-like.jpg");
const server = createServer((request, response) => {
  if (request.url === "/empty") response.end();
  else response.writeHead(200, { "content-type": "image/jpeg" }).end(png);
});
let origin: string;

beforeAll(async () => {
  writeFileSync(path, png);
  writeFileSync(join(folder, "empty.png"), "");
  origin = `http://localhost:${await listenLocally(server)}`;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  server.close();
});

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < png.length; at += 5) yield png.subarray(at, at + 5);
}

const sources: readonly (readonly [string, () => MediaSource, name: () => string])[] = [
  ["a path", () => path, () => path],
  ["a file: URL", () => pathToFileURL(path), () => pathToFileURL(path).href],
  ["a file: URL as text", () => pathToFileURL(path).href, () => pathToFileURL(path).href],
  ["an http: URL", () => `${origin}/a.jpg?token=x`, () => `${origin}/a.jpg`],
  ["a data: URL", () => `data:image/gif;base64,${png.toString("base64")}`, () => "the given data: URL"],
  ["a Buffer", () => png, () => "the given bytes"],
  ["a Uint8Array", () => new Uint8Array(png), () => "the given bytes"],
  ["an ArrayBuffer", () => new Uint8Array(png).buffer, () => "the given bytes"],
  ["a Blob", () => new Blob([png], { type: "image/gif" }), () => "the given Blob"],
  ["a File", () => new File([png], "me.gif"), () => "me.gif"],
  ["a web stream", () => new Blob([png]).stream(), () => "the given stream"],
  ["a Node stream", () => Readable.from(chunks(), { objectMode: false }), () => "the given stream"],
  ["an async iterable", chunks, () => "the given stream"],
];

describe.each(sources)("%s", (_kind, source, name) => {
  test("A14.7 is read whole, and its type is that of its content", async () => {
    const media = await openMedia(source(), { allowPrivateAddresses: true });
    expect([media.name, media.type]).toEqual([name(), "image/png"]);
    const parts: Uint8Array[] = [];
    for await (const part of media.chunks()) parts.push(part);
    expect(Buffer.concat(parts).equals(png)).toBe(true);
    await media.close();
  });

  test("is not read beyond what fits", async () => {
    const media = await openMedia(source(), { allowPrivateAddresses: true });
    const error: unknown = await readAll(media, 99_999).catch((thrown: unknown) => thrown);
    await media.close();
    expect(error).toBeInstanceOf(MediaTooLargeError);
    expect((error as MediaTooLargeError).maxSize).toBe(99_999);
    expect((error as MediaTooLargeError).message).toContain(name());
  });
});

test.each(sources.filter(([kind]) => !/http|stream|iterable/.test(kind)))(
  "of %s parts can be read, again and in any order",
  async (_kind, source) => {
    const media = await openMedia(source());
    expect(media.size).toBe(png.length);
    const { read = () => Promise.reject(new Error("it cannot")) } = media;
    expect(Buffer.from(await readAll(media, png.length)).equals(png)).toBe(true);
    expect(Buffer.from(await read(1, 3)).toString("latin1")).toBe("PNG");
    expect(await read(png.length - 2, 10)).toHaveLength(2);
    await media.close();
  },
);

const failure = async (source: unknown): Promise<MediaError> => {
  const error: unknown = await openMedia(source as MediaSource, { allowPrivateAddresses: true }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MediaError);
  return error as MediaError;
};

describe("what cannot be read", () => {
  test.each([
    ["a file", () => join(folder, "empty.png")],
    ["bytes", () => new Uint8Array()],
    ["a Blob", () => new Blob([])],
    ["a stream", () => Readable.from([])],
    ["a URL", () => `${origin}/empty`],
  ] as const)("an empty one is a MediaError: %s", async (_kind, source) => {
    expect((await failure(source())).message).toMatch(/is empty\. Nothing was sent\.$/);
  });

  test("errors name the file and say why", async () => {
    const missing = join(folder, "none.png");
    const error = await failure(missing);
    expect(error.media).toBe(missing);
    expect(error.message).toBe(
      `${missing} does not exist; relative paths start at the working directory. Nothing was sent.`,
    );
    expect((await failure(folder)).message).toMatch(/not a regular file/);
    expect((await failure("\x89PNG\0".repeat(2000))).message).toMatch(/bytes are given as Uint8Array/);
    expect((await failure("\x89PNG\0".repeat(2000))).message.length).toBeLessThan(400);
    expect((await failure("https://")).message).toMatch(/no URL/);
    expect((await failure(new URL("ftp://example.com/a.png"))).message).toMatch(/scheme ftp:/);
    expect((await failure(42)).message).toMatch(/media is number/);
    expect((await failure(null)).message).toMatch(/media is null/);
    expect((await failure(Readable.from(["text"]))).message).toMatch(/string in place of bytes/);
  });

  test("a stream that fails, was read before or is in use is a MediaError with its cause", async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield png.subarray(0, 100);
      throw new Error("lost");
    };
    const media = await openMedia(broken());
    await expect(readAll(media, 1e6)).rejects.toThrow(/cannot be read: lost/);
    const flow = await openMedia(chunks());
    await readAll(flow, 1e6);
    await expect(readAll(flow, 1e6)).rejects.toThrow(/only once/);
    const stream = new Blob([png]).stream();
    stream.getReader();
    expect((await failure(stream)).cause).toBeInstanceOf(Error);
  });

  test("a file that becomes shorter while it is read is a MediaError", async () => {
    const shrinking = join(folder, "shrinking.png");
    writeFileSync(shrinking, png);
    const media = await openMedia(shrinking);
    writeFileSync(shrinking, png.subarray(0, 10));
    await expect(readAll(media, 1e6)).rejects.toThrow(/became shorter/);
    await media.close();
  });

  test("an abort comes through as it is", async () => {
    const reason = new Error("enough");
    await expect(openMedia(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        yield png;
        controller.abort(reason);
      }
    };
    const media = await openMedia(endless(), { signal: controller.signal });
    await expect(readAll(media, 1e9, controller.signal)).rejects.toBe(reason);
  });
});
