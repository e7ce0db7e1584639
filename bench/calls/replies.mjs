/** Made-up answers that look like those of the AppView and pass the validators of all peers. The same on every run. */
import { blobCid, cid, date, did, uri } from "./identifiers.mjs";

const words =
  "the quick brown fox jumps over a lazy dog while everyone else is busy posting about café naïve 日本語 🎉 protocol federation labels moderation feeds and other decentralised things today".split(
    " ",
  );
const prose = (seed, length) =>
  Array.from({ length }, (_, at) => words[(seed * 7 + at * 3 + ((seed * at) % 5)) % words.length]).join(" ");

const picture = (size, owner, seed) => `https://cdn.bsky.app/img/${size}/plain/${did(owner)}/${blobCid(seed)}@jpeg`;
const avatar = (n) => picture("avatar", n, `avatar ${n}`);
const reference = (n) => ({ uri: uri("app.bsky.feed.post", n, n), cid: cid(`post ${n}`) });
const blob = (n) => ({
  $type: "blob",
  ref: { $link: blobCid(`blob ${n}`) },
  mimeType: "image/jpeg",
  size: 345_678 + n,
});
const size = { width: 1600, height: 1200 };
const article = (n) => ({ uri: `https://example.com/article/${n}`, title: prose(n, 9), description: prose(n + 1, 24) });

const label = (n) => ({
  src: did(n),
  uri: `at://${did(n)}/app.bsky.actor.profile/self`,
  cid: cid(`profile ${n}`),
  val: "!no-unauthenticated",
  cts: date(n),
});

const author = (n) => ({
  did: did(n),
  handle: `user${n}.bsky.social`,
  displayName: `User ${n}`,
  avatar: avatar(n),
  ...(n % 3 === 0 && {
    associated: { chat: { allowIncoming: "following" }, activitySubscription: { allowSubscriptions: "followers" } },
  }),
  viewer: { muted: false, blockedBy: false, ...(n % 2 === 0 && { following: uri("app.bsky.graph.follow", 999, n) }) },
  labels: n % 11 === 0 ? [label(n)] : [],
  createdAt: date(100_000 + n),
});

/** What a post carries: pictures, a link, another post, or nothing. */
const kindOf = (n) => (n % 3 === 0 ? "images" : n % 7 === 1 ? "external" : n % 8 === 2 ? "record" : undefined);
const pictures = (n, make) => Array.from({ length: 1 + (n % 4) }, (_, at) => make(n * 4 + at));

function embed(n) {
  switch (kindOf(n)) {
    case "images":
      return {
        $type: "app.bsky.embed.images",
        images: pictures(n, (at) => ({ alt: prose(at, 12), aspectRatio: size, image: blob(at) })),
      };
    case "external":
      return { $type: "app.bsky.embed.external", external: { ...article(n), thumb: blob(n) } };
    case "record":
      return { $type: "app.bsky.embed.record", record: reference(n + 500) };
    default:
      return undefined;
  }
}

function embedView(n) {
  switch (kindOf(n)) {
    case "images": {
      const view = (at) => ({
        thumb: picture("feed_thumbnail", n, `blob ${at}`),
        fullsize: picture("feed_fullsize", n, `blob ${at}`),
        alt: prose(at, 12),
        aspectRatio: size,
      });
      return { $type: "app.bsky.embed.images#view", images: pictures(n, view) };
    }
    case "external":
      return {
        $type: "app.bsky.embed.external#view",
        external: { ...article(n), thumb: picture("feed_thumbnail", n, `blob ${n}`) },
      };
    case "record":
      return { $type: "app.bsky.embed.record#view", record: quoted(n + 500) };
    default:
      return undefined;
  }
}

const quoted = (n) => ({
  $type: "app.bsky.embed.record#viewRecord",
  ...reference(n),
  author: author(n),
  value: { $type: "app.bsky.feed.post", createdAt: date(n), langs: ["en"], text: prose(n, 22) },
  labels: [],
  likeCount: n,
  replyCount: 2,
  repostCount: 3,
  quoteCount: 0,
  indexedAt: date(n),
  embeds: [],
});

const facets = (n) => [
  {
    index: { byteStart: 0, byteEnd: 12 },
    features: [{ $type: "app.bsky.richtext.facet#link", uri: `https://example.com/${n}` }],
  },
  { index: { byteStart: 13, byteEnd: 20 }, features: [{ $type: "app.bsky.richtext.facet#mention", did: did(n + 1) }] },
];

const present = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

const post = (n) =>
  present({
    $type: "app.bsky.feed.post",
    createdAt: date(n),
    langs: ["en"],
    text: prose(n, 8 + ((n * 13) % 30)),
    embed: embed(n),
    facets: n % 5 === 0 ? facets(n) : undefined,
    reply: n % 4 === 3 ? { root: reference(n + 300), parent: reference(n + 301) } : undefined,
  });

const postView = (n) =>
  present({
    ...reference(n),
    author: author(n),
    record: post(n),
    embed: embedView(n),
    bookmarkCount: 0,
    replyCount: n % 9,
    repostCount: n % 17,
    likeCount: n * 3,
    quoteCount: n % 2,
    indexedAt: date(n),
    viewer: { bookmarked: false, threadMuted: false, embeddingDisabled: false },
    labels: [],
  });

const inThread = (n) => ({ $type: "app.bsky.feed.defs#postView", ...postView(n) });
const repost = (n) => ({
  $type: "app.bsky.feed.defs#reasonRepost",
  by: author(n + 200),
  uri: uri("app.bsky.feed.repost", n + 200, n),
  cid: cid(`repost ${n}`),
  indexedAt: date(n),
});

const item = (n) =>
  present({
    post: postView(n),
    reply:
      n % 4 === 3
        ? { root: inThread(n + 300), parent: inThread(n + 301), grandparentAuthor: author(n + 302) }
        : undefined,
    reason: n % 6 === 5 ? repost(n) : undefined,
  });

export const timeline = (length) => ({
  feed: Array.from({ length }, (_, n) => item(n)),
  cursor: `2026-01-01T00:00:00.000Z::${cid("cursor")}`,
});

export const profile = () => ({
  ...author(1),
  associated: { lists: 2, feedgens: 0, starterPacks: 1, labeler: false, chat: { allowIncoming: "following" } },
  description: prose(3, 30),
  indexedAt: date(1),
  banner: picture("banner", 1, "banner"),
  followersCount: 1234,
  followsCount: 321,
  postsCount: 4567,
  pinnedPost: reference(1),
});
