import { beforeAll, describe, expect, inject, test } from "vitest";
import { rkeyOf, write, post, join, type Person } from "./accounts.ts";
import { makePng } from "./png.ts";
import { startWitness } from "./witness.ts";

const network = inject("network");
const witness = startWitness();
let person: Person;
beforeAll(async () => {
  person = await join(network.pds, { fetch: witness.fetch });
});

/** Content-Type of the last request. */
const sentType = (): string | null | undefined => witness.requests.at(-1)?.headers.get("content-type");

describe("files", () => {
  test("A6.3 a picture is uploaded, referred to by a record, and downloaded byte for byte", async () => {
    const picture = makePng(64, 17);
    const { blob } = await person.client.com.atproto.repo.uploadBlob(picture);
    expect(sentType()).toBe("image/png");
    expect(blob).toEqual({ $type: "blob", ref: blob.ref, mimeType: "image/png", size: picture.length });
    const ref = await post(person, "seen", {
      embed: { $type: "app.bsky.embed.images", images: [{ alt: "", image: blob }] },
    });
    const { data, http } = await person.client.com.atproto.sync
      .getBlob({ did: person.did, cid: blob.ref.$link })
      .withResponse();
    expect(data).toEqual(picture);
    expect(http.headers.get("content-type")).toBe("image/png");
    const { value } = await person.client.com.atproto.repo.getRecord({
      repo: person.did,
      collection: "app.bsky.feed.post",
      rkey: rkeyOf(ref),
    });
    expect(value).toMatchObject({ embed: { images: [{ image: blob }] } });
  });

  test.each([
    ["a type that the bytes deny: the server goes by the bytes", makePng(4, 1), "image/jpeg", "image/png"],
    ["a type that nothing denies is kept", Buffer.from("plain words"), "text/plain", "text/plain"],
    ["no type and nothing to see", new Uint8Array([0, 1, 2, 3]), undefined, "application/octet-stream"],
    ["every byte there is", Uint8Array.from({ length: 256 }, (_, byte) => byte), undefined, "application/octet-stream"],
  ])("upload types: %s", async (_, bytes, encoding, stored) => {
    const { blob } = await person.client.com.atproto.repo.uploadBlob(bytes, { encoding });
    expect(sentType()).toBe(encoding ?? stored);
    expect(blob.mimeType).toBe(stored);
    await write(person, "app.test.attachment", { file: blob });
    const back = await person.client.com.atproto.sync.getBlob({ did: person.did, cid: blob.ref.$link });
    expect(Buffer.from(back).equals(bytes)).toBe(true);
  });

  test("a Blob brings its own type, a stream is sent without a known length", async () => {
    const bytes = makePng(6, 60);
    const asBlob = await person.client.com.atproto.repo.uploadBlob(new Blob([bytes.slice()], { type: "image/png" }));
    const stream = new Blob([bytes.slice()]).stream();
    const asStream = await person.client.com.atproto.repo.uploadBlob(stream, { encoding: "image/png" });
    const asBuffer = await person.client.com.atproto.repo.uploadBlob(bytes.slice().buffer);
    expect(asStream).toEqual(asBlob);
    expect(asBuffer).toEqual(asBlob);
    expect(asBlob.blob.size).toBe(bytes.length);
  });

  test("part of a larger buffer is sent as that part", async () => {
    const { blob } = await person.client.com.atproto.repo.uploadBlob(Buffer.from("....inner....").subarray(4, 9));
    expect(blob.size).toBe(5);
  });
});

/** The header of a CAR, which is DAG-CBOR, `{ roots: [CID], version: 1 }`, after its length in one byte. */
function readCarHeader(car: Uint8Array): { length: number; text: string } {
  const length = car[0] ?? 0;
  return { length, text: Buffer.from(car.subarray(1, 1 + length)).toString("latin1") };
}

/** A map of two, `roots`, a list of one, a CID of 36 bytes with the zero before it. */
const untilRoot = "\xa2eroots\x81\xd8\x2a\x58\x25\x00";
const afterRoot = "gversion\x01";

/** A binary CID as text: `b` and base32. */
function cidText(latin1: string): string {
  const bits = Array.from(Buffer.from(latin1, "latin1"), (byte) => byte.toString(2).padStart(8, "0")).join("");
  const letters = bits.match(/.{1,5}/g) ?? [];
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  return `b${letters.map((five) => alphabet[Number.parseInt(five.padEnd(5, "0"), 2)]).join("")}`;
}

describe("repositories as a whole", () => {
  test("getRepo is a CAR whose header names one root, the latest commit", async () => {
    const { data, http } = await person.client.com.atproto.sync.getRepo({ did: person.did }).withResponse();
    expect(http.headers.get("content-type")).toBe("application/vnd.ipld.car");
    const { length, text } = readCarHeader(data);
    expect(length).toBeLessThan(128);
    expect(text.startsWith(untilRoot)).toBe(true);
    expect(text.endsWith(afterRoot)).toBe(true);
    const { cid } = await person.client.com.atproto.sync.getLatestCommit({ did: person.did });
    expect(cidText(text.slice(untilRoot.length, -afterRoot.length))).toBe(cid);
  });

  test("getRecord proves one record with the commit as its root", async () => {
    const ref = await post(person, "proof of this");
    const car = await person.client.com.atproto.sync.getRecord({
      did: person.did,
      collection: "app.bsky.feed.post",
      rkey: rkeyOf(ref),
    });
    expect(readCarHeader(car).text).toContain("eroots");
    expect(Buffer.from(car).includes("proof of this")).toBe(true);
  });
});

test("every answer was what its lexicon promises", () => {
  expect(witness.violations).toEqual([]);
});
