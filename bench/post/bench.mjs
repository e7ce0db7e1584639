/** What posts cost before they are sent: reading the text, and all of `createPost` on a server that answers at once. */
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, ratios, spread } from "../measure/statistics.mjs";
import { table } from "../report.mjs";

const markdown = `# Release 2.0

It is **out**: [notes](https://example.com/notes), [download](https://example.com/get), and the
[guide](https://example.com/guide "for the patient").

- faster
- smaller
- thanks to @alice.test, #release`;

const plain = `Release 2.0 is out 🎉: example.com/notes, https://example.com/get and (https://example.com/guide).
Thanks to @alice.test, @bob.bsky.social! #release #café $SKY`;

const ascii = "The quick brown fox jumps over the lazy dog. ".repeat(6);
const mixed = "Ein schöner Tag 👨‍👩‍👧‍👦 in 日本, naïve café — ".repeat(8);

const uri = "at://did:plc:alice/app.bsky.feed.post/3kvyvhmkfxs2c";
const answer = JSON.stringify({
  uri,
  cid: "bafyreib2rxk3rybk3aobmv5cjuql3bm2twh4jo5uxgf5kpqcsgz7soitae",
  did: "did:plc:alice",
});
const fetch = async () => new Response(answer, { headers: { "content-type": "application/json" } });
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const accessToken = `${part({ alg: "none" })}.${part({ sub: "did:plc:alice", exp: 4_000_000_000 })}.x`;

/** Microseconds of CPU for each of so many rounds of `act`. */
async function cpuOf(act, times) {
  for (let count = 0; count < times / 10; count++) await act();
  const before = process.cpuUsage();
  for (let count = 0; count < times; count++) await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

export async function run() {
  const { Client } = await import("skylex");
  const { detect } = await import("../../src/richtext/detect.ts");
  const { countGraphemes } = await import("../../src/richtext/graphemes.ts");
  const { readMarkdown } = await import("../../src/richtext/markdown.ts");
  const { RichText } = await import("@atproto/api");
  const client = new Client({
    service: "http://localhost:1",
    accessToken,
    storage: ":memory:",
    fetch,
    // A fast machine makes more posts than an hour of an account holds.
    budget: false,
    logLevel: "silent",
  });
  const theirs = (text) => {
    const rich = new RichText({ text });
    rich.detectFacetsWithoutResolution();
  };
  const cases = [
    {
      name: "createRecord of the finished record",
      times: 2000,
      act: () => client.app.bsky.feed.post.create({ text: plain }),
    },
    { name: "createPost, plain text", times: 1000, act: () => client.createPost(plain) },
    {
      name: "createPost, markdown with 3 links",
      times: 500,
      act: () => client.createPost(markdown, { markdown: true }),
    },
    { name: "reading that markdown", times: 500, act: () => readMarkdown(markdown) },
    { name: "detection, skylex", times: 20_000, act: () => detect(plain) },
    { name: "detection, @atproto/api", times: 2000, act: () => theirs(plain) },
    { name: "graphemes of 270 ASCII characters, skylex", times: 50_000, act: () => countGraphemes(ascii) },
    {
      name: "graphemes of 270 ASCII characters, @atproto/api",
      times: 5000,
      act: () => new RichText({ text: ascii }).graphemeLength,
    },
    { name: "graphemes of mixed text, skylex", times: 5000, act: () => countGraphemes(mixed) },
    {
      name: "graphemes of mixed text, @atproto/api",
      times: 5000,
      act: () => new RichText({ text: mixed }).graphemeLength,
    },
  ].map(({ times: count, ...one }) => ({ ...one, count }));
  const rows = await interleave("post", cases, rounds(7), async ({ act, count }) => ({ cpu: await cpuOf(act, count) }));
  await client.close();
  const ratio = (one, other) => median(ratios(rows[one], rows[other], "cpu"));
  const detection = ratio("detection, skylex", "detection, @atproto/api");
  const counting = ratio(
    "graphemes of 270 ASCII characters, skylex",
    "graphemes of 270 ASCII characters, @atproto/api",
  );
  const mixedCounting = ratio("graphemes of mixed text, skylex", "graphemes of mixed text, @atproto/api");
  return {
    what: `CPU of one post in µs, without the network: the server answers at once, calls are logged in SQLite in memory. The
markdown has 3 links, a list, a mention and a tag; detection reads a text with 3 links, 2 mentions, 2 tags and a cashtag.`,
    tables: [
      table(
        ["what", "CPU µs"],
        cases.map(({ name }) => [name, spread(column(rows[name], "cpu"), 1)]),
      ),
    ],
    goals: [
      { what: "detection, × @atproto/api", atMost: 0.5, measured: detection },
      { what: "graphemes, ASCII, × @atproto/api", atMost: 0.5, measured: counting },
    ],
    lost:
      mixedCounting > 1
        ? [
            "graphemes of mixed text: `Intl.Segmenter`, which follows the platform's Unicode, is slower than tables of one's own.",
          ]
        : [],
  };
}
