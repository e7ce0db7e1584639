import { expect, test } from "vitest";
import { checkFacets } from "../../../src/richtext/check-facets.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const facet = (byteStart: number, byteEnd: number) => ({
  index: { byteStart, byteEnd },
  features: [{ $type: "app.bsky.richtext.facet#tag" as const, tag: "x" }],
});

const said = (text: string, ...ranges: readonly (readonly [number, number])[]): string[] =>
  checkFacets(
    text,
    ranges.map(([start, end]) => facet(start, end)),
    "facets",
  ).map(({ path, message }) => `${path} ${message}`);

test("facets that fit their text pass, in any order, up to its end and side by side", () => {
  expect(said("hello", [0, 5])).toEqual([]);
  expect(said("hello", [3, 5], [0, 3])).toEqual([]);
  // é is two bytes, the family eighteen and more.
  expect(said("é👨‍👩‍👧!", [0, 2], [2, 20], [20, 21])).toEqual([]);
});

test("facets beyond the text, empty, reversed, through characters or over each other do not", () => {
  expect(said("hello", [0, 6])).toEqual(["facets[0].index ends at byte 6, but the text has 5 bytes"]);
  expect(said("hello", [-1, 3], [0.5, 1])).toEqual([
    "facets[0].index -1 to 3 is no range of bytes",
    "facets[1].index 0.5 to 1 is no range of bytes",
  ]);
  expect(said("hello", [3, 3])).toEqual(["facets[0].index covers no text: it starts at byte 3 and ends at byte 3"]);
  expect(said("hello", [4, 1])).toEqual(["facets[0].index covers no text: it starts at byte 4 and ends at byte 1"]);
  expect(said("é", [0, 1])).toEqual(["facets[0].index cuts a character in two at byte 1"]);
  expect(said("aé!", [2, 4])).toEqual(["facets[0].index cuts a character in two at byte 2"]);
  expect(said("hello", [2, 5], [0, 3])).toEqual(["facets[0].index overlaps facets[1]"]);
  expect(said("hello", [0, 5], [0, 5], [0, 5])).toEqual([
    "facets[1].index overlaps facets[0]",
    "facets[2].index overlaps facets[1]",
  ]);
});

test("posts, descriptions of lists and direct messages are held to it, although servers are not", async () => {
  const { client, fetch } = testClient([], { validate: {}, accessToken: "token", service: "https://pds.example" });
  const createdAt = new Date(0);
  const write = (collection: string, record: object): Promise<unknown> =>
    client.com.atproto.repo.createRecord({ repo: "a.test", collection, record });
  const issue = { rule: "facet", actual: 6, limit: 5 };
  const facets = [facet(0, 6)];
  await expect(write("app.bsky.feed.post", { text: "hello", createdAt, facets })).rejects.toMatchObject({
    issues: [{ path: "input.record.facets[0].index", ...issue }],
  });
  const list = { name: "x", purpose: "app.bsky.graph.defs#curatelist", createdAt };
  await expect(
    write("app.bsky.graph.list", { ...list, description: "hello", descriptionFacets: facets }),
  ).rejects.toMatchObject({ issues: [{ path: "input.record.descriptionFacets[0].index", ...issue }] });
  await expect(
    client.chat.bsky.convo.sendMessage({ convoId: "c", message: { text: "hello", facets } }),
  ).rejects.toMatchObject({ issues: [{ path: "input.message.facets[0].index", ...issue }] });
  expect(fetch.requests).toHaveLength(0);
});
