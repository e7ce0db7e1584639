import { expect, test } from "vitest";
import { violationOf } from "./lexicon-check.ts";

const encoding = "application/json";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const profile = { did: "did:plc:ewvi7nxzyoun6zhxrhs64oiz", handle: "alice.test" };
const link = "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy";
const blob = { $type: "blob", ref: { $link: link }, mimeType: "image/png", size: 3 };

test.each([
  ["app.bsky.actor.getProfile", profile],
  ["app.bsky.actor.getProfile", { ...profile, somethingNew: { $type: "com.example.later" } }],
  ["com.atproto.repo.uploadBlob", { blob }],
])("%s: %j is what the lexicon promises", (nsid, data) => {
  expect(violationOf({ nsid, encoding, body: bytes(JSON.stringify(data)) })).toBeUndefined();
});

test.each([
  ["app.bsky.actor.getProfile", JSON.stringify({ handle: "alice.test" }), "did"],
  ["app.bsky.actor.getProfile", JSON.stringify({ ...profile, followersCount: "7" }), "integer"],
  ["app.bsky.actor.getProfile", JSON.stringify({ ...profile, handle: "not a handle" }), "handle"],
  ["com.atproto.repo.uploadBlob", JSON.stringify({ blob: { ...blob, ref: link } }), "blob"],
  ["app.bsky.feed.getPosts", JSON.stringify({ posts: [{ uri: "at://a.test/b.c.d/e" }] }), "posts/0"],
  ["app.bsky.feed.getPosts", "<html>", "JSON"],
  ["app.bsky.actor.putPreferences", "{}", "no body"],
  ["com.atproto.sync.getRepo", "{}", "application/vnd.ipld.car"],
  ["app.bsky.actor.profile", "{}", "app.bsky.actor.profile"],
])("%s: %s breaks it", (nsid, text, said) => {
  expect(violationOf({ nsid, encoding, body: bytes(text) })).toContain(said);
});
