import { expect, test } from "vitest";
import { duration, moment, postUri } from "../../../src/cli/arguments.ts";
import { readFields } from "../../../src/cli/fields.ts";
import { Lexicons } from "../../../src/cli/lexicons.ts";

const lexicons = new Lexicons();
const read = (nsid: string, ...words: readonly string[]) =>
  readFields(words, lexicons.find(nsid)?.defs["main"], nsid, lexicons);

test("values become what the lexicon wants: numbers, booleans, lists, JSON", () => {
  expect(read("app.bsky.feed.getTimeline", "limit=10", "cursor=10").params).toEqual({ limit: 10, cursor: "10" });
  expect(read("app.bsky.actor.getProfiles", "actors=a.test").params).toEqual({ actors: ["a.test"] });
  expect(read("app.bsky.actor.getProfiles", "actors=a.test", "actors=b.test").params).toEqual({
    actors: ["a.test", "b.test"],
  });
  expect(read("app.bsky.actor.getProfiles", 'actors=["a.test","b.test"]').params).toEqual({
    actors: ["a.test", "b.test"],
  });
  const written = read("com.atproto.repo.createRecord", "repo=a.test", "validate=false", 'record={"text":"a=b"}');
  expect(written).toEqual({ params: {}, input: { repo: "a.test", validate: false, record: { text: "a=b" } } });
  const part = read("app.bsky.video.uploadPart", "jobId=1", "partNumber=2");
  expect(part).toEqual({ params: { jobId: "1", partNumber: 2 }, input: {} });
});

test("text stays text, whatever is in it, and may be empty", () => {
  expect(read("app.bsky.feed.searchPosts", "q=a=b:=c\nd", "author=").params).toEqual({ q: "a=b:=c\nd", author: "" });
});

test("what the lexicon does not know is refused, unless it is JSON", () => {
  expect(() => read("app.bsky.feed.getTimeline", "limti=5")).toThrow(
    "app.bsky.feed.getTimeline knows no limti. It takes algorithm, limit, cursor. To send it all the same: limti:=JSON.",
  );
  expect(read("app.bsky.feed.getTimeline", "limti:=5").params).toEqual({ limti: 5 });
  expect(read("com.example.unknown", "a=1", "a=2", "b:=1").params).toEqual({ a: ["1", "2"], b: 1 });
});

test.each([
  ["limit=ten", 'limit is a whole number, not "ten".'],
  ["limit=1.5", 'limit is a whole number, not "1.5".'],
  ["limit:=1,5", "limit is not JSON"],
  ["limit", '"limit" is not key=value.'],
  ["=1", '"=1" is not key=value.'],
])("%s is refused", (word, message) => {
  expect(() => read("app.bsky.feed.getTimeline", word)).toThrow(message);
});

test("one value twice, and words for booleans, are refused", () => {
  expect(() => read("app.bsky.feed.getTimeline", "limit=1", "limit=2")).toThrow("limit is given twice");
  expect(() => read("com.atproto.repo.createRecord", "validate=yes")).toThrow("validate is true or false");
  expect(() => read("com.atproto.repo.createRecord", "record=text")).toThrow("record is not JSON");
});

test("times and addresses", () => {
  expect([duration("90s"), duration("15m"), duration("2h"), duration("30d")]).toEqual([9e4, 9e5, 72e5, 2592e6]);
  expect(moment("2026-01-31").toISOString()).toBe("2026-01-31T00:00:00.000Z");
  expect(() => duration("5")).toThrow("is not a time");
  expect(() => moment("yesterday")).toThrow("is neither a date nor a time ago");
  expect(postUri("https://bsky.app/profile/a.test/post/3k?x")).toBe("at://a.test/app.bsky.feed.post/3k");
  expect(() => postUri("https://bsky.app/profile/a.test")).toThrow("is no post");
});
