/** The contenders: each makes, for a server, the two calls. Nothing is imported before it is chosen. */
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const profilePath = "/xrpc/app.bsky.actor.getProfile?actor=bsky.app";
const timelinePath = (limit) => `/xrpc/app.bsky.feed.getTimeline?limit=${limit}`;
const paths = (request) => ({
  profile: () => request(profilePath),
  timeline: (limit) => request(timelinePath(limit)),
});

/** The same work without fetch, and the floor of what a client on it could cost. */
function nodeHttp(service) {
  const agent = new Agent({ keepAlive: true });
  const headers = { "accept-encoding": "gzip" };
  return paths(
    (path) =>
      new Promise((resolve, reject) => {
        const request = get(service + path, { agent, headers }, (response) => {
          const chunks = [];
          response.on("data", (chunk) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const body = Buffer.concat(chunks);
            const packed = response.headers["content-encoding"] === "gzip";
            resolve(JSON.parse((packed ? gunzipSync(body) : body).toString()));
          });
        });
        request.on("error", reject);
      }),
  );
}

async function atcute(service) {
  const { Client, ok, simpleFetchHandler } = await import("@atcute/client");
  return { ok, client: new Client({ handler: simpleFetchHandler({ service }) }) };
}

const generated = async () => ({
  getProfile: (await import("../out/lex-js/app/bsky/actor/getProfile.js")).default,
  getTimeline: (await import("../out/lex-js/app/bsky/feed/getTimeline.js")).default,
});

const ofSdk = async () => {
  const { app } = await import("@bsky/sdk/lexicons");
  return { getProfile: app.bsky.actor.getProfile, getTimeline: app.bsky.feed.getTimeline };
};

async function lex(service, options, lexicons = generated) {
  const { Client } = await import("@atproto/lex");
  const { getProfile, getTimeline } = await lexicons();
  const client = new Client({ service }, options);
  return {
    profile: () => client.call(getProfile, { actor: "bsky.app" }),
    timeline: (limit) => client.call(getTimeline, { limit }),
  };
}

const nothing = () => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function sqliteFile() {
  const folder = mkdtempSync(join(tmpdir(), "skylex-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "skylex.db");
}

/** A log that takes rows and drops them: what calls cost without a database. */
async function noLog() {
  const { MemoryStorage } = await import("skylex/testing");
  const storage = new MemoryStorage();
  storage.calls = { append: async () => {}, appendSync: () => true };
  return storage;
}

/** With what it does by default: every call is a row in an SQLite file. */
async function skylex(service, { storage = sqliteFile(), ...options } = {}) {
  const { Client } = await import("skylex");
  // The level too: lines below it are dropped before the logger sees them.
  const client = new Client({ service, storage, logger: silent, logLevel: "debug", ...options });
  return {
    profile: () => client.app.bsky.actor.getProfile({ actor: "bsky.app" }),
    timeline: (limit) => client.app.bsky.feed.getTimeline({ limit }),
  };
}

export const clients = {
  "fetch and JSON.parse": (service) => paths(async (path) => JSON.parse(await (await fetch(service + path)).text())),
  "node:http and JSON.parse": nodeHttp,
  "skylex, no log": async (service) => skylex(service, { storage: await noLog() }),
  "skylex, log in SQLite": (service) => skylex(service),
  "skylex, log in PostgreSQL": (service) => skylex(service, { storage: process.env.BENCH_POSTGRES }),
  "skylex, given fetch": (service) => skylex(service, { fetch: (url, init) => fetch(url, init) }),
  "@atcute get, not validating": async (service) => {
    const { client, ok } = await atcute(service);
    return {
      profile: () => ok(client.get("app.bsky.actor.getProfile", { params: { actor: "bsky.app" } })),
      timeline: (limit) => ok(client.get("app.bsky.feed.getTimeline", { params: { limit } })),
    };
  },
  "@atcute call, validating": async (service) => {
    const { client, ok } = await atcute(service);
    const { AppBskyActorGetProfile, AppBskyFeedGetTimeline } = await import("@atcute/bluesky");
    return {
      profile: () => ok(client.call(AppBskyActorGetProfile, { params: { actor: "bsky.app" } })),
      timeline: (limit) => ok(client.call(AppBskyFeedGetTimeline, { params: { limit } })),
    };
  },
  "@atproto/lex, not validating": (service) =>
    lex(service, { validateResponse: false, strictResponseProcessing: false }),
  "@atproto/lex, as it comes": (service) => lex(service, {}),
  "@bsky/sdk, as it comes": (service) => lex(service, {}, ofSdk),
  "@atproto/api": async (service) => {
    const { AtpAgent } = await import("@atproto/api");
    const { app } = new AtpAgent({ service });
    return {
      profile: async () => (await app.bsky.actor.getProfile({ actor: "bsky.app" })).data,
      timeline: async (limit) => (await app.bsky.feed.getTimeline({ limit })).data,
    };
  },
};
