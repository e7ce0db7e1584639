import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { deflateSync, crc32 } from "node:zlib";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { MediaError } from "../../../src/core/errors/index.ts";
import { prepareImage } from "../../../src/media/image/prepare-image.ts";
import { fetchPublic } from "../../../src/media/source/fetch-public.ts";
import { openMedia, readAll } from "../../../src/media/source/source.ts";
import { prepareVideo, probeVideo } from "../../../src/media/video/prepare-video.ts";
import { listenLocally } from "../../support/servers/ports.ts";
import { bytesOf } from "./video/fixtures.ts";

const slot = "app.bsky.embed.images#image.image";
const photo = (): Promise<Buffer> =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: "#a32" } })
    .jpeg()
    .toBuffer();

const without = (jpeg: Buffer, wanted: number): Buffer => {
  const parts = [jpeg.subarray(0, 2)];
  for (let at = 2; at < jpeg.length;) {
    const end = jpeg[at + 1] === 0xda ? jpeg.length : at + 2 + jpeg.readUInt16BE(at + 2);
    if (jpeg[at + 1] !== wanted) parts.push(jpeg.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
};

const chunk = (type: string, body: Uint8Array): Buffer => {
  const content = Buffer.concat([Buffer.from(type), body]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(body.length);
  numbers.writeUInt32BE(crc32(content), 4);
  return Buffer.concat([numbers.subarray(0, 4), content, numbers.subarray(4)]);
};

const box = (type: string, ...content: Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
};

const stalled = (): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => controller.enqueue(Uint8Array.of(0xff, 0xd8, 0xff)),
    cancel: () => new Promise(() => {}),
  });

async function* generator(): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(0xff, 0xd8, 0xff, ...new Uint8Array(100));
  await new Promise(() => {});
}

const png = (data: Uint8Array, interlace = 0): Buffer => {
  const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, interlace]);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array()),
  ]);
};

describe("E7 a source that stands still ends with the signal", () => {
  test.each([
    ["prepareImage", (source: never, signal: AbortSignal) => prepareImage(source, slot, { signal })],
    ["probeVideo", (source: never, signal: AbortSignal) => probeVideo(source, { signal })],
    [
      "readAll",
      async (source: never, signal: AbortSignal) => readAll(await openMedia(source, { signal }), 1_000, signal),
    ],
  ])("%s", async (_, read) => {
    for (const source of [stalled(), generator()]) {
      const end = new AbortController();
      const reading = read(source as never, end.signal);
      setImmediate(() => end.abort(new Error("enough")));
      await expect(reading).rejects.toThrow("enough");
    }
  });
});

test("E8 a listener of uploadBlob that throws ends it with what it threw", async () => {
  const server = createServer((request, response) => request.resume().on("end", () => response.end("{}")));
  const service = `http://localhost:${await listenLocally(server)}`;
  try {
    const { Client } = await import("../../../src/client/client.ts");
    const client = new Client({ service, accessToken: "token", storage: false });
    const thrown = new Error("mine");
    const upload = client.uploadBlob(new Uint8Array(200_000), {
      onProgress: ({ loaded }) => {
        if (loaded > 0) throw thrown;
      },
    });
    await expect(upload).rejects.toBe(thrown);
    await client.close();
  } finally {
    server.close();
  }
});

describe("E9 damaged pictures are refused before anything is sent", () => {
  test("a JPEG without tables of quantization", async () => {
    await expect(prepareImage(without(await photo(), 0xdb), slot)).rejects.toThrow("before what they need");
  });

  test("a JPEG of 12 bits is not sent as it is", async () => {
    const jpeg = await photo();
    jpeg[jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 4] = 12;
    await expect(prepareImage(jpeg, slot)).rejects.toThrow(MediaError);
  });

  const rows = 8 * (1 + 8 * 3);

  test("a PNG whose rows are all there goes as it is", async () => {
    expect((await prepareImage(png(deflateSync(new Uint8Array(rows))), slot)).encodes).toBe(0);
    const interlaced = await sharp({ create: { width: 37, height: 23, channels: 4, background: "#a328" } })
      .png({ progressive: true })
      .toBuffer();
    expect((await prepareImage(interlaced, slot)).encodes).toBe(0);
  });

  test.each([
    ["is no zlib", new Uint8Array(300).fill(7)],
    ["lacks nine tenths of its rows", deflateSync(new Uint8Array(rows / 10))],
    ["lacks its last byte", deflateSync(new Uint8Array(rows - 1))],
    ["is cut off", deflateSync(new Uint8Array(rows)).subarray(0, 5)],
    ["has a filter that there is not", deflateSync(new Uint8Array(rows).fill(9))],
  ])("a PNG whose data %s", async (_, data) => {
    await expect(prepareImage(png(data), slot)).rejects.toThrow(/damaged/);
  });
});

const fixtureOf = (name: string): Buffer =>
  readFileSync(new URL(`../../support/fixtures/images/${name}`, import.meta.url));

describe("E9 damaged animations and WebPs are refused, whole ones go as they are", () => {
  const anywhere = { accept: ["image/*"], maxSize: 5_000_000 };

  test.each(["animated.gif", "animated.webp", "animated.png", "clean.webp"])("%s", async (name) => {
    const whole = fixtureOf(name);
    expect((await prepareImage(whole, anywhere)).encodes).toBe(0);
    const damaged = Buffer.from(whole);
    // The headers stay; the pixels after them are another program's.
    const from = Math.floor(damaged.length * 0.4);
    const isPng = name.endsWith("png");
    const at = isPng ? damaged.indexOf("fdAT") + 12 : from;
    if (name.endsWith("gif")) damaged.fill(0xfe, at, at + 40);
    else damaged.fill(0xff, at, at + (isPng ? 4 : Math.floor(damaged.length * 0.3)));
    if (isPng) {
      const length = damaged.readUInt32BE(damaged.indexOf("fdAT") - 4);
      const chunk = damaged.subarray(damaged.indexOf("fdAT"), damaged.indexOf("fdAT") + 4 + length);
      damaged.writeUInt32BE(crc32(chunk), damaged.indexOf("fdAT") + 4 + length);
    }
    await expect(prepareImage(damaged, anywhere)).rejects.toThrow(MediaError);
  });
});

test.each(["srgb", "p3"])(
  "E18 a colour profile that is called after a person or a device does not leave: %s",
  async (space) => {
    const jpeg = await sharp({ create: { width: 40, height: 30, channels: 3, background: "#a32" } })
      .withIccProfile(space)
      .jpeg({ quality: 90 })
      .toBuffer();
    expect((await prepareImage(jpeg, slot)).encodes).toBe(0);
    const owned = Buffer.from(jpeg);
    const tag = owned.indexOf("desc", owned.indexOf("acsp"));
    const profile = owned.indexOf("ICC_PROFILE\0") + 14;
    const [begin, length] = [profile + owned.readUInt32BE(tag + 4), owned.readUInt32BE(tag + 8)];
    const isWide = owned.toString("latin1", begin, begin + 4) === "mluc";
    const name = isWide ? Buffer.from("Jane", "utf16le").swap16() : Buffer.from("Jane");
    const at = isWide ? begin + owned.readUInt32BE(begin + 24) : begin + 12;
    expect(at + name.length).toBeLessThanOrEqual(begin + length);
    name.copy(owned, at);
    const { data, encodes } = await prepareImage(owned, slot);
    expect([Buffer.from(data).includes(name), encodes]).toEqual([false, 1]);
    // The same colours, give or take what a JPEG rounds.
    const [before, after] = await Promise.all(
      [jpeg, data].map((picture) => sharp(picture).toColourspace("srgb").raw().toBuffer()),
    );
    expect(Math.abs((before?.[0] ?? 0) - (after?.[0] ?? 255))).toBeLessThan(6);
  },
);

test("E18 what stands behind Adobe's colour transform goes", async () => {
  const jpeg = await photo();
  const body = Buffer.concat([Buffer.from("Adobe\0\x64\0\0\0\0\x01", "latin1"), Buffer.from("owner Jane")]);
  const adobe = Buffer.concat([Buffer.from([0xff, 0xee, 0, body.length + 2]), body]);
  const { data, encodes } = await prepareImage(Buffer.concat([jpeg.subarray(0, 2), adobe, jpeg.subarray(2)]), slot);
  expect(Buffer.from(data).includes("Jane")).toBe(false);
  expect(Buffer.from(data).includes("Adobe")).toBe(true);
  expect(encodes).toBe(0);
});

test("E18 properties of an AVIF that say who and when make it encoded anew", async () => {
  const avif = await sharp({ create: { width: 64, height: 64, channels: 3, background: "#a32" } })
    .avif()
    .toBuffer();
  const pasp = avif.indexOf("pixi");
  expect(pasp).toBeGreaterThan(0);
  const told = Buffer.from(avif);
  told.write("udes", pasp, "latin1");
  const { changes } = await prepareImage(told, { accept: ["image/*"], maxSize: 100_000 }).catch(() => ({
    changes: ["refused"],
  }));
  expect(changes).not.toEqual([]);
});

test("E20 a redirect in raw UTF-8 is followed, and an empty content-encoding is none", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/start") {
      response.socket?.end("HTTP/1.1 302 Found\r\nLocation: /b\u00fccher/\u65e5\r\nConnection: close\r\n\r\n", "utf8");
    } else if (request.url === "/b%C3%BCcher/%E6%97%A5") {
      response.writeHead(200, { "content-encoding": "" }).end("there");
    } else response.writeHead(404).end();
  });
  const origin = `http://localhost:${await listenLocally(server)}`;
  const { bytes } = await fetchPublic(`${origin}/start`, { allowPrivateAddresses: true });
  server.close();
  expect(Buffer.from(bytes).toString()).toBe("there");
});

describe("E21 what cannot be read is said in a few words", () => {
  test.each(["data:image/png;base64,@@@", `data:nothing${"x".repeat(300_000)}`, "file://host/x", "http://"])(
    "%.40s",
    async (source) => {
      const error: unknown = await openMedia(source).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(MediaError);
      expect((error as Error).message.length).toBeLessThan(400);
    },
  );

  test("a JPEG with stray bytes between segments, and a GIF without its last byte, are read", async () => {
    const jpeg = await photo();
    const stray = Buffer.concat([jpeg.subarray(0, 20), Buffer.from([1, 2, 3]), jpeg.subarray(20)]);
    expect((await prepareImage(stray, slot)).width).toBe(40);
    const gif = await sharp({ create: { width: 9, height: 9, channels: 3, background: "#a32" } })
      .gif()
      .toBuffer();
    expect((await prepareImage(gif.subarray(0, -1), { accept: ["image/gif"], maxSize: 10_000 })).data).toEqual(gif);
  });
});

test("E6 E17 what is blanked is blanked in a copy; times of headers and what players skip are zero in it", async () => {
  const clip = Buffer.from(bytesOf("h264-aac.mp4"));
  const mvhd = clip.indexOf("mvhd") + 8;
  clip.write("MADE", mvhd, "latin1");
  const told = ["emsg", "prft", "free", "skip", "moov"].map((type) => box(type, Buffer.from(`SECRET ${type}`)));
  const given = new Uint8Array(Buffer.concat([clip, ...told]));
  const before = Uint8Array.from(given);
  const { file } = await prepareVideo(given, {
    transcode: false,
    maxSize: 300_000_000,
    media: {},
    signal: undefined,
    onProgress: () => undefined,
  });
  const sent = Buffer.from(await file.read(0, file.size));
  expect(given).toEqual(before);
  expect(sent.length).toBe(before.length);
  for (const word of ["SECRET", "MADE"]) expect(sent.includes(word)).toBe(false);
  expect(sent.subarray(clip.indexOf("mdat"), clip.indexOf("mdat") + 200)).toEqual(
    clip.subarray(clip.indexOf("mdat"), clip.indexOf("mdat") + 200),
  );
});
