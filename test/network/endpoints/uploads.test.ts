import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { UploadProgress } from "../../../src/index.ts";
import { join, write, type Person } from "./accounts.ts";
import { makePng } from "./png.ts";

const network = inject("network");
const folder = mkdtempSync(joinPath(tmpdir(), "skylex-uploads-"));
let person: Person;

beforeAll(async () => {
  person = await join(network.pds);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("A16.2 a file, a Blob and a stream are stored byte for byte, as what they are and not as what they are called", async () => {
  const picture = makePng(300, 400);
  const path = joinPath(folder, "called.jpg");
  writeFileSync(path, picture);
  const progress: UploadProgress[] = [];
  const { blob } = await person.client.uploadBlob(path, { onProgress: (at) => progress.push(at) });
  expect(blob).toEqual({ $type: "blob", ref: blob.ref, mimeType: "image/png", size: picture.length });
  expect(progress.at(-1)).toEqual({ loaded: picture.length, total: picture.length });
  expect(await person.client.uploadBlob(new Blob([picture.slice()]))).toEqual({ blob });
  expect(await person.client.uploadBlob(Readable.from([picture]))).toEqual({ blob });
  await write(person, "app.test.attachment", { file: blob });
  const back = await person.client.com.atproto.sync.getBlob({ did: person.did, cid: blob.ref.$link });
  expect(Buffer.from(back).equals(picture)).toBe(true);
});
