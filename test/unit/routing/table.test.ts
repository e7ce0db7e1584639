import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { definitions } from "../../../generated/root.ts";
import { readServices } from "../../../src/core/services.ts";
import { NotAuthenticatedError, ValidationError, type Client, type ClientOptions } from "../../../src/index.ts";
import { publicRoutes } from "../../../src/routing/route-table.ts";
import { RouteTable } from "../../../src/routing/find-route.ts";
import { asAlice, bob, home, surroundings, whoIsAsking } from "./surroundings.ts";

const appview = "https://public.api.bsky.app";
const entryway = "https://bsky.social";
const videoHost = "https://video.bsky.app";
const uploadToken = "did:web:the-pds.example com.atproto.repo.uploadBlob";
const chat = "did:web:api.bsky.chat#bsky_chat";
const ozone = "did:plc:ozone#atproto_labeler";

/** Row, an endpoint of it, what it is given, where it goes with an account and as whom, and where without: `refused` if nowhere. */
type Case = readonly [
  row: string,
  nsid: string,
  input: object,
  withAccount: readonly [host: string, who: string, proxy?: string],
  anonymous: string,
];

const mine = [home, "session"] as const;
const there = [bob.pds, "nobody"] as const;
const login = [home, "nobody"] as const;
const upload = [videoHost, uploadToken] as const;

/** Reads that the official AppView refuses without an account: `test/network/routing/without-account.test.ts` asks it. */
const requiringAuth = [
  "app.bsky.actor.getPreferences",
  "app.bsky.ageassurance.getState",
  "app.bsky.bookmark.getBookmarks",
  "app.bsky.contact.getMatches",
  "app.bsky.contact.getSyncStatus",
  "app.bsky.draft.getDrafts",
  "app.bsky.feed.getActorLikes",
  "app.bsky.feed.getTimeline",
  "app.bsky.graph.getBlocks",
  "app.bsky.graph.getKnownFollowers",
  "app.bsky.graph.getListBlocks",
  "app.bsky.graph.getListMutes",
  "app.bsky.graph.getListsWithMembership",
  "app.bsky.graph.getMutes",
  "app.bsky.graph.getStarterPacksWithMembership",
  "app.bsky.notification.getPreferences",
  "app.bsky.notification.getUnreadCount",
  "app.bsky.notification.listActivitySubscriptions",
  "app.bsky.notification.listNotifications",
  "app.bsky.unspecced.getAgeAssuranceState",
];

const cases: readonly Case[] = [
  ...["createAccount", "createSession", "requestPasswordReset", "reserveSigningKey", "resetPassword"].map(
    (name): Case => [`com.atproto.server.${name}`, `com.atproto.server.${name}`, {}, login, entryway],
  ),
  ["com.atproto.server.refreshSession", "com.atproto.server.refreshSession", {}, mine, "refused"],
  ["com.atproto.server.deleteSession", "com.atproto.server.deleteSession", {}, mine, "refused"],
  ["com.atproto.server.describeServer", "com.atproto.server.describeServer", {}, mine, entryway],
  ["com.atproto.server.*", "com.atproto.server.getSession", {}, mine, "refused"],
  ["com.atproto.server.*", "com.atproto.server.createAppPassword", {}, mine, "refused"],
  ["com.atproto.admin.*", "com.atproto.admin.getAccountInfo", { did: bob.did }, mine, "refused"],
  ["com.atproto.admin.*", "com.atproto.admin.sendEmail", {}, mine, "refused"],
  ...["getRecord", "listRecords", "describeRepo"].flatMap((name): Case[] => [
    [`com.atproto.repo.${name}`, `com.atproto.repo.${name}`, { repo: bob.did }, there, bob.pds],
    [`com.atproto.repo.${name}`, `com.atproto.repo.${name}`, { repo: bob.handle }, there, bob.pds],
    [`com.atproto.repo.${name}`, `com.atproto.repo.${name}`, { repo: "did:plc:alice" }, mine, home],
    [`com.atproto.repo.${name}`, `com.atproto.repo.${name}`, { repo: "nobody.example" }, mine, appview],
  ]),
  ...["getBlob", "getBlocks", "getLatestCommit", "getRecord", "getRepo", "getRepoStatus", "listBlobs"].map(
    (name): Case => [`com.atproto.sync.${name}`, `com.atproto.sync.${name}`, { did: bob.did }, there, bob.pds],
  ),
  [
    "com.atproto.identity.getRecommendedDidCredentials",
    "com.atproto.identity.getRecommendedDidCredentials",
    {},
    mine,
    "refused",
  ],
  ["com.atproto.repo.listMissingBlobs", "com.atproto.repo.listMissingBlobs", {}, mine, "refused"],
  ["com.atproto.moderation.createReport", "com.atproto.moderation.createReport", {}, [...mine, ozone], "refused"],
  ["tools.ozone.*", "tools.ozone.team.listMembers", {}, [...mine, ozone], "refused"],
  ["tools.ozone.*", "tools.ozone.moderation.emitEvent", {}, [...mine, ozone], "refused"],
  ["chat.bsky.*", "chat.bsky.convo.listConvos", {}, [...mine, chat], "refused"],
  ["chat.bsky.*", "chat.bsky.convo.sendMessage", {}, [...mine, chat], "refused"],
  ["app.bsky.video.getJobStatus", "app.bsky.video.getJobStatus", {}, [videoHost, "nobody"], videoHost],
  [
    "app.bsky.video.getUploadLimits",
    "app.bsky.video.getUploadLimits",
    {},
    [videoHost, "did:web:video.bsky.app app.bsky.video.getUploadLimits"],
    "refused",
  ],
  ["app.bsky.video.uploadVideo", "app.bsky.video.uploadVideo", new Uint8Array(1), upload, "refused"],
  ["app.bsky.video.startUpload", "app.bsky.video.startUpload", {}, upload, "refused"],
  ["app.bsky.video.uploadPart", "app.bsky.video.uploadPart", new Uint8Array(1), upload, "refused"],
  ["app.bsky.video.getUploadStatus", "app.bsky.video.getUploadStatus", {}, upload, "refused"],
  ["app.bsky.video.abortUpload", "app.bsky.video.abortUpload", {}, upload, "refused"],
  ["app.bsky.video.finishUpload", "app.bsky.video.finishUpload", {}, upload, "refused"],
  [
    "app.bsky.video.*",
    "app.bsky.video.aNewOne",
    {},
    [videoHost, "did:web:video.bsky.app app.bsky.video.aNewOne"],
    "refused",
  ],
  ...requiringAuth.map((nsid): Case => [nsid, nsid, {}, mine, "refused"]),
  ["*", "app.bsky.feed.getAuthorFeed", {}, mine, appview],
  ["*", "com.atproto.identity.resolveHandle", { handle: bob.handle }, mine, appview],
  ["*", "com.atproto.sync.listRepos", {}, mine, appview],
  ["*", "com.example.aRead", {}, mine, appview],
  ["*", "app.bsky.graph.muteActor", {}, mine, "refused"],
  ["*", "com.atproto.repo.createRecord", {}, mine, "refused"],
  ["*", "com.atproto.repo.uploadBlob", new Uint8Array(1), mine, "refused"],
];

const known = new Map(definitions.flatMap((module) => Object.values(module)).map(({ nsid, kind }) => [nsid, kind]));

function missing(): never {
  throw new Error("nothing was sent");
}

/** By name: the endpoint's own method does the same. */
async function call(client: Client, nsid: string, input: object): Promise<void> {
  const name: string = nsid;
  if (known.get(nsid) === "procedure") {
    // These two take no input, and the refresh token of a session.
    const none = nsid.endsWith("reshSession") || nsid.endsWith("deleteSession") ? undefined : input;
    await client.post(name, none, { headers: { "x-any": "1" } });
  } else {
    await client.get(name, input);
  }
}

const services: ClientOptions = { services: { ozone: "did:plc:ozone" } };

describe("every row of the table", () => {
  test.each(cases)("A3 %s: %s", async (row, nsid, input, [host, who, proxy]) => {
    const table = new RouteTable(readServices(services.services));
    const found = table.find({ nsid, kind: known.get(nsid) === "procedure" ? "procedure" : "query" });
    expect(found.nsid).toBe(row);
    expect(found.source).toMatch(/^https:\/\//);

    const own = surroundings({ ...asAlice, ...services });
    await call(own.client, nsid, input);
    // Aids are calls like others when it is them that are called.
    const sent = own.fetch.requests.findLast(({ url }) => url.pathname === `/xrpc/${nsid}`) ?? missing();
    expect([sent.url.origin, whoIsAsking(sent), sent.headers["atproto-proxy"]]).toEqual([host, who, proxy]);
  });

  test.each(cases)("A3.3 %s without an account: %s", async (_row, nsid, input, _with, anonymous) => {
    const { client, fetch } = surroundings(services);
    const outcome = await call(client, nsid, input).then(
      () => "sent",
      (error: unknown) => (error instanceof NotAuthenticatedError ? "refused" : error),
    );
    const last = fetch.requests.at(-1);
    expect([outcome, last?.url.origin, last && whoIsAsking(last)]).toEqual(
      anonymous === "refused" ? ["refused", undefined, undefined] : ["sent", anonymous, "nobody"],
    );
  });

  test("L2 holds every read whose description says that it requires auth", () => {
    const said = definitions
      .flatMap((module) => Object.values(module))
      .map(({ nsid }) => nsid)
      .filter((nsid) => nsid.startsWith("app.bsky."))
      .flatMap((nsid) => {
        const path = new URL(`../../../lexicons/official/${nsid.replaceAll(".", "/")}.json`, import.meta.url);
        const { main } = (
          JSON.parse(readFileSync(path, "utf8")) as { defs: { main: { type: string; description?: string } } }
        ).defs;
        return main.type === "query" && /requires auth/i.test(main.description ?? "") ? [nsid] : [];
      });
    expect(said.length).toBeGreaterThan(10);
    expect(requiringAuth).toEqual(expect.arrayContaining(said));
  });

  test("L2 a refused read leaves a row in the log", async () => {
    const { client, fetch } = surroundings(services);
    await expect(client.app.bsky.feed.getTimeline()).rejects.toThrow(
      "app.bsky.feed.getTimeline needs an account, and this client has none.",
    );
    expect(fetch.requests).toEqual([]);
    await client.log.flush();
    expect(await client.log.query()).toMatchObject([
      { endpoint: "xrpc/app.bsky.feed.getTimeline", exceptionClass: "NotAuthenticatedError", httpStatusCode: null },
    ]);
  });

  test("has a case above", () => {
    const rows = publicRoutes(readServices()).map(({ nsid }) => nsid);
    expect(new Set(cases.map(([row]) => row))).toEqual(new Set(rows));
  });
});

describe("rows of one's own", () => {
  const routes = [
    { nsid: "com.example.*", proxy: "did:web:example.com#any" },
    {
      nsid: "com.example.direct.*",
      service: "https://direct.example/path",
      serviceAuth: { aud: "did:web:direct.example", seconds: 300 },
    },
    { nsid: "com.example.direct.open", service: "https://direct.example" },
  ];

  test("come before the built-in ones; the most specific one counts", async () => {
    const { client, sent, issued, clock } = surroundings({ ...asAlice, routes });
    await client.get("com.example.thing.list");
    expect([sent().url.origin, whoIsAsking(sent()), sent().headers["atproto-proxy"]]).toEqual([
      home,
      "session",
      "did:web:example.com#any",
    ]);
    await client.get("com.example.direct.read");
    expect([sent().url.origin, whoIsAsking(sent())]).toEqual([
      "https://direct.example",
      "did:web:direct.example com.example.direct.read",
    ]);
    expect(issued()).toEqual([
      { aud: "did:web:direct.example", lxm: "com.example.direct.read", exp: String(clock.now() / 1000 + 300) },
    ]);
    await client.post("com.example.direct.open", {});
    expect([sent().url.origin, whoIsAsking(sent())]).toEqual(["https://direct.example", "nobody"]);
  });

  test.each([
    ["neither host nor proxy", { nsid: "com.example.a" }],
    ["both", { nsid: "com.example.a", proxy: "did:web:a.example#b", service: "https://a.example" }],
    ["no NSID", { nsid: "example", service: "https://a.example" }],
    ["a proxy that names no service of its DID", { nsid: "com.example.a", proxy: "did:web:a.example" }],
    [
      "an audience that is a URL",
      { nsid: "com.example.a", service: "https://a.example", serviceAuth: { aud: "https://a.example" } },
    ],
    [
      "a life of more than an hour",
      { nsid: "com.example.a", service: "https://a.example", serviceAuth: { aud: "did:web:a.example", seconds: 3601 } },
    ],
  ])("with %s are refused when the client is made", (_, row) => {
    expect(() => surroundings({ ...asAlice, routes: [row] })).toThrow(ValidationError);
  });
});

describe("services of one's own", () => {
  test("take the place of the public ones", async () => {
    const own: ClientOptions = {
      services: {
        appview: "https://view.example/x",
        entryway: "https://door.example",
        chat: "did:web:chat.example",
        video: { url: "http://localhost:1234" },
      },
    };
    const anonymous = surroundings(own);
    await anonymous.client.app.bsky.actor.getProfile({ actor: "a" });
    await anonymous.client.com.atproto.server.describeServer();
    expect(anonymous.calls().map(({ url }) => url.origin)).toEqual(["https://view.example", "https://door.example"]);

    const { client, sent } = surroundings({ ...asAlice, ...own });
    await client.chat.bsky.convo.listConvos();
    expect(sent().headers["atproto-proxy"]).toBe("did:web:chat.example#bsky_chat");
    await client.app.bsky.video.getUploadLimits();
    expect(whoIsAsking(sent())).toBe("did:web:localhost%3A1234 app.bsky.video.getUploadLimits");
    await client.app.bsky.feed.getTimeline({}, { service: "https://view.example" });
    expect(whoIsAsking(sent())).toBe("nobody");
    await client.app.bsky.feed.getTimeline({}, { service: "https://door.example" });
    expect([sent().url.origin, whoIsAsking(sent())]).toEqual([home, "session"]);
  });

  test.each([
    ["services.chat", { chat: "api.bsky.chat" }],
    ["services.ozone", { ozone: "https://ozone.example" }],
    ["services.video.did", { video: { url: "https://v.example", did: "v.example" } }],
    ["services.appview", { appview: "view.example" }],
  ])("%s that is none is refused when the client is made", (path, given) => {
    expect(() => surroundings({ services: given })).toThrow(path);
  });
});
