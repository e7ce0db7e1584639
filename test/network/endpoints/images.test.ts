import { join as joinPath } from "node:path";
import { beforeAll, expect, inject, test } from "vitest";
import { metadataIn } from "../../unit/media/metadata.ts";
import { processAll } from "../../support/servers/control.ts";
import { join, post, type Person } from "./accounts.ts";

const network = inject("network");
const fixture = (name: string): string => joinPath(import.meta.dirname, "../../support/fixtures/images", name);
let person: Person;

beforeAll(async () => {
  person = await join(network.pds);
});

const download = (cid: string): Promise<Uint8Array> =>
  Promise.resolve(person.client.com.atproto.sync.getBlob({ did: person.did, cid }));

test("A14.3 A14.10 a phone's photo is posted upright, without its place, and read back through the AppView", async () => {
  const { blob, aspectRatio, changes } = await person.client.uploadImage(fixture("orientation-6.jpg"));
  expect(changes).toContain("turned upright");
  const images = [{ image: blob, alt: "a test card", aspectRatio }];
  const { uri } = await post(person, "upright", { embed: { $type: "app.bsky.embed.images", images } });
  expect(metadataIn(await download(blob.ref.$link))).toEqual([]);
  await processAll(network);
  const { posts } = await person.client.app.bsky.feed.getPosts({ uris: [uri] });
  expect(posts[0]?.embed).toMatchObject({
    $type: "app.bsky.embed.images#view",
    images: [{ alt: "a test card", aspectRatio: { width: 120, height: 80 } }],
  });
});

test("A14.1 what is clean arrives byte for byte; every fixture that can be sent is taken as a post's picture", async () => {
  const names = ["clean.jpg", "alpha.png", "animated.gif", "everything.webp", "everything.jpg", "cmyk.jpg", "gps.tif"];
  const uploaded = await Promise.all(names.map((name) => person.client.uploadImage(fixture(name))));
  expect(uploaded.map(({ blob, mimeType }) => blob.mimeType === mimeType)).toEqual(names.map(() => true));
  for (let start = 0; start < uploaded.length; start += 4) {
    const images = uploaded
      .slice(start, start + 4)
      .map(({ blob: image, aspectRatio }) => ({ image, alt: "", aspectRatio }));
    await post(person, "four", { embed: { $type: "app.bsky.embed.images", images } });
  }
  for (const { blob } of uploaded) expect(metadataIn(await download(blob.ref.$link))).toEqual([]);
});

test("A14.4 an avatar is made to fit and set", async () => {
  const { blob: avatar } = await person.client.uploadImage(fixture("clean.webp"), {
    slot: "app.bsky.actor.profile.avatar",
  });
  expect(["image/png", "image/jpeg"]).toContain(avatar.mimeType);
  await person.client.app.bsky.actor.profile.update((profile) => ({ ...profile, displayName: "Ada", avatar }));
  await processAll(network);
  const profile = await person.client.app.bsky.actor.getProfile({ actor: person.did });
  expect(profile.avatar).toContain(avatar.ref.$link);
});
