/** What is measured: each case makes something ready and gives the work that is repeated. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { jsonToLex, Lexicons } from "@atproto/lexicon";
import { Client } from "skylex";
import * as definitions from "skylex/definitions";
import { MemoryStorage } from "skylex/testing";
import { timeline } from "../calls/replies.mjs";
import { official } from "../places.mjs";

const documents = globSync("**/*.json", { cwd: official }).map((file) =>
  JSON.parse(readFileSync(join(official, file), "utf8")),
);
const lexicons = new Lexicons(documents);

const link = (name) => ({
  index: { byteStart: 4, byteEnd: 9 },
  features: [{ $type: "app.bsky.richtext.facet#link", uri: `https://example.com/${name}` }],
});
const post = {
  $type: "app.bsky.feed.post",
  text: "the quick brown fox jumps over a lazy dog while everyone else is busy posting about café naïve 日本語 🎉",
  createdAt: "2026-01-31T12:00:00.000Z",
  langs: ["en"],
  facets: [link("a")],
  embed: {
    $type: "app.bsky.embed.external",
    external: { uri: "https://example.com", title: "An article", description: "What it is about, in a line or two." },
  },
};
const write = { repo: "did:plc:z72i7hdynmk6r22z27h6tvur", collection: post.$type, record: post };
const preferences = {
  preferences: [
    { $type: "app.bsky.actor.defs#adultContentPref", enabled: false },
    ...Array.from({ length: 9 }, (_, at) => ({
      $type: "app.bsky.actor.defs#contentLabelPref",
      label: `label-${at}`,
      visibility: "warn",
    })),
    { $type: "app.bsky.actor.defs#interestsPref", tags: ["science", "art", "music"] },
  ],
};
const nsids = { post: "com.atproto.repo.createRecord", input: "app.bsky.actor.putPreferences" };
const answer = timeline(50);
const answerText = JSON.stringify(answer);

function expectOk(ok) {
  if (ok !== true) throw new Error("the answer was refused");
}

/** A client whose answers come from nowhere, so that a call costs what skylex does and little else. */
function client(validate, body) {
  const text = JSON.stringify(body);
  const fetch = async () => new Response(text, { headers: { "content-type": "application/json" } });
  return new Client({
    service: "https://pds.example",
    accessToken: "token",
    storage: new MemoryStorage(),
    logLevel: "silent",
    fetch,
    validate,
    budget: false,
  });
}

/** The check by itself: no entry point offers it, so it is taken from the modules. */
async function engine() {
  const { Engine } = await import("../../src/validate/engine.ts");
  return new Engine({ find: (nsid) => (nsid === post.$type ? definitions.appBskyFeedPost : undefined) }, () => {});
}

/** The check of an answer by itself. */
async function checkOf(definition) {
  const checker = await engine();
  const request = { definition, path: `/xrpc/${definition.nsid}` };
  await checker.received(request, answer);
  return (value) => checker.received(request, value);
}

const check = (definition, input) => async () => {
  if (input === undefined) {
    const received = await checkOf(definition);
    return () => received(answer);
  }
  const checker = await engine();
  const request = { definition, path: `/xrpc/${definition.nsid}` };
  const body = { content: JSON.stringify(input), encoding: "application/json" };
  await checker.sent({ ...request, body });
  return () => checker.sent({ ...request, body });
};

const calls = {
  post: (client) => client.com.atproto.repo.createRecord(write),
  input: (client) => client.app.bsky.actor.putPreferences(preferences),
  answer: (client) => client.app.bsky.feed.getTimeline({ limit: 50 }),
};
const bodies = { post: { uri: "", cid: "" }, input: {}, answer };

const through = (what, validate) => () => {
  const on = client(validate, bodies[what]);
  return () => calls[what](on);
};

export const sizes = {
  post: JSON.stringify(write).length,
  input: JSON.stringify(preferences).length,
  answer: JSON.stringify(answer).length,
};

export const cases = {
  "post, not checked": through("post", false),
  "post, checked": through("post", {}),
  "post, check alone": check(definitions.comAtprotoRepoCreateRecord, write),
  "post, @atproto/lexicon alone": () => () => {
    lexicons.assertValidXrpcInput(nsids.post, jsonToLex(write));
    lexicons.assertValidRecord(post.$type, jsonToLex(post));
  },
  "input, not checked": through("input", false),
  "input, checked": through("input", {}),
  "input, check alone": check(definitions.appBskyActorPutPreferences, preferences),
  "input, @atproto/lexicon alone": () => () => lexicons.assertValidXrpcInput(nsids.input, jsonToLex(preferences)),
  "answer, not checked": through("answer", false),
  "answer, checked": through("answer", { output: "report" }),
  "answer, check alone": check(definitions.appBskyFeedGetTimeline),
  "answer, @atproto/lexicon alone": () => () =>
    lexicons.assertValidXrpcOutput("app.bsky.feed.getTimeline", jsonToLex(answer)),
  // From the text, as clients have it: each of them reads it in its own way.
  "answer text, JSON.parse": () => () => JSON.parse(answerText),
  "answer text, skylex": async () => {
    const check = await checkOf(definitions.appBskyFeedGetTimeline);
    return () => check(JSON.parse(answerText));
  },
  "answer text, @atproto/lexicon": () => () =>
    lexicons.assertValidXrpcOutput("app.bsky.feed.getTimeline", jsonToLex(JSON.parse(answerText))),
  "answer text, @atcute/lexicons": async () => {
    const { safeParse } = await import("@atcute/lexicons/validations");
    const { AppBskyFeedGetTimeline } = await import("@atcute/bluesky");
    const { schema } = AppBskyFeedGetTimeline.mainSchema.output;
    return () => expectOk(safeParse(schema, JSON.parse(answerText)).ok);
  },
  "answer text, @atproto/lex": async () => {
    const { lexParse } = await import("@atproto/lex");
    const { default: getTimeline } = await import("../out/lex-js/app/bsky/feed/getTimeline.js");
    const strict = { strict: true };
    return () => expectOk(getTimeline.output.schema.safeParse(lexParse(answerText, strict), strict).success);
  },
};
