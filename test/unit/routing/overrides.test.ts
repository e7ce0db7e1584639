import { describe, expect, test } from "vitest";
import {
  InsufficientScopeError,
  NotAuthenticatedError,
  ValidationError,
  type CallOptions,
} from "../../../src/index.ts";
import { token } from "../auth/stand-in-server.ts";
import { refusal } from "../../support/fakes/scripted-fetch.ts";
import { alice, asAlice, bob, home, surroundings, whoIsAsking } from "./surroundings.ts";

const labeler = "did:plc:labeler";

describe("proxy", () => {
  test("of a call and of a view: the account's own server passes it on", async () => {
    const { client, sent } = surroundings(asAlice);
    const proxy = "did:web:feeds.example#feed_gen";
    await client.app.bsky.feed.getTimeline({}, { proxy });
    expect([sent().url.origin, whoIsAsking(sent()), sent().headers["atproto-proxy"]]).toEqual([home, "session", proxy]);
    const view = client.with({ proxy });
    await view.com.atproto.repo.listRecords({ repo: bob.did, collection: "a.b.c" });
    expect([sent().url.origin, sent().headers["atproto-proxy"]]).toEqual([home, proxy]);
    await view.app.bsky.feed.getTimeline({}, { proxy: false });
    expect(sent().headers["atproto-proxy"]).toBeUndefined();
    await client.app.bsky.feed.getTimeline();
    expect(sent().headers["atproto-proxy"]).toBeUndefined();
  });

  test("false takes away what the client would choose", async () => {
    const { client, sent } = surroundings(asAlice);
    await client.chat.bsky.convo.listConvos({}, { proxy: false });
    expect(sent().headers["atproto-proxy"]).toBeUndefined();
    await client.tools.ozone.team.listMembers({}, { proxy: false });
    expect(sent().url.origin).toBe(home);
  });

  test("brings the video service's calls to the account's own server", async () => {
    const { client, sent, issued } = surroundings(asAlice);
    await client.app.bsky.video.getUploadLimits({}, { proxy: "did:web:video.bsky.app#bsky_video" });
    expect([sent().url.origin, whoIsAsking(sent())]).toEqual([home, "session"]);
    expect(issued()).toEqual([]);
  });

  test("B15 a header that is undefined is taken away, in a call and in a view", async () => {
    const { client, sent } = surroundings({ ...asAlice, headers: { "x-mine": "1" } });
    const none = { "Atproto-Proxy": undefined, Authorization: undefined, "user-agent": undefined, "x-mine": undefined };
    const names = ["atproto-proxy", "authorization", "user-agent", "x-mine"];
    await client.chat.bsky.convo.listConvos({});
    expect(names.filter((name) => sent().headers[name] === undefined)).toEqual([]);
    await client.chat.bsky.convo.listConvos({}, { headers: none });
    expect(names.filter((name) => sent().headers[name] === undefined)).toEqual(names);
    const view = client.with({ headers: none });
    await view.chat.bsky.convo.listConvos({});
    expect(names.filter((name) => sent().headers[name] === undefined)).toEqual(names);
    await view.chat.bsky.convo.listConvos({}, { headers: { "x-mine": "2" } });
    expect(sent().headers["x-mine"]).toBe("2");
    expect((await view.explain("chat.bsky.convo.listConvos")).headers).toEqual({});
  });

  test("a header of the caller's own wins, whatever its case", async () => {
    const { client, sent } = surroundings(asAlice);
    const headers = { "Atproto-Proxy": "did:web:mine.example#x" };
    await client.chat.bsky.convo.listConvos({}, { headers, proxy: "did:web:other.example#x" });
    expect(sent().headers["atproto-proxy"]).toBe("did:web:mine.example#x");
    expect(headers).toEqual({ "Atproto-Proxy": "did:web:mine.example#x" });
  });

  test.each(["did:web:api.bsky.chat", "https://api.bsky.chat", "#bsky_chat", "did:web:a#b#c", ""])(
    "%j is none, and refused",
    async (proxy) => {
      const { client, fetch } = surroundings(asAlice);
      await expect(client.app.bsky.feed.getTimeline({}, { proxy })).rejects.toBeInstanceOf(ValidationError);
      expect(fetch.requests).toHaveLength(0);
    },
  );

  test("needs an account", async () => {
    const { client, fetch } = surroundings();
    const proxy = "did:web:feeds.example#feed_gen";
    await expect(client.app.bsky.feed.getTimeline({}, { proxy })).rejects.toBeInstanceOf(NotAuthenticatedError);
    expect(fetch.requests).toHaveLength(0);
  });

  test("a moderation service that nobody named is an error that says where to name it, and nothing is sent", async () => {
    const { client, fetch, sent } = surroundings(asAlice);
    const error = await client.tools.ozone.team.listMembers().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).issues).toEqual([{ path: "services.ozone", message: "is needed" }]);
    expect(fetch.requests).toHaveLength(0);
    await client.tools.ozone.team.listMembers({}, { proxy: "did:plc:o#atproto_labeler" });
    expect(sent().headers["atproto-proxy"]).toBe("did:plc:o#atproto_labeler");
    // Reports have a place to go to without one: the account's server knows it.
    await client.post("com.atproto.moderation.createReport", {} as never);
    expect(sent().headers["atproto-proxy"]).toBeUndefined();
  });

  test("is not sent to a host of nobody's trust", async () => {
    const { client, sent } = surroundings(asAlice);
    await client.chat.bsky.convo.listConvos({}, { service: "https://api.bsky.chat" });
    expect([sent().headers["atproto-proxy"], whoIsAsking(sent())]).toEqual([undefined, "nobody"]);
  });
});

/** What the labelers of a client and a call come to. */
const asked = async (client: CallOptions["labelers"], call?: CallOptions): Promise<string | undefined> => {
  const { client: own, sent } = surroundings({ ...asAlice, ...(client && { labelers: client }) });
  await own.app.bsky.actor.getProfile({ actor: "a" }, call);
  return sent().headers["atproto-accept-labelers"];
};

describe("labelers", () => {
  test("none: the server has its own", async () => expect(await asked(undefined)).toBeUndefined());
  test("of the client", async () =>
    expect(await asked([labeler, `${labeler}2;redact`])).toBe(`${labeler}, ${labeler}2;redact`));
  test("of the call, in place of the client's", async () =>
    expect(await asked([labeler], { labelers: [`${labeler}2`] })).toBe(`${labeler}2`));
  test("an empty list asks for nobody's labels", async () => expect(await asked([labeler], { labelers: [] })).toBe(""));
  test("a header of the caller's own wins", async () =>
    expect(await asked([labeler], { headers: { "ATPROTO-ACCEPT-LABELERS": "did:plc:mine" } })).toBe("did:plc:mine"));

  test("of a view, and without an account, too", async () => {
    const { client, sent } = surroundings();
    await client.with({ labelers: [labeler] }).app.bsky.actor.getProfile({ actor: "a" });
    expect([sent().url.host, sent().headers["atproto-accept-labelers"]]).toEqual(["public.api.bsky.app", labeler]);
    await client.app.bsky.actor.getProfile({ actor: "a" });
    expect(sent().headers["atproto-accept-labelers"]).toBeUndefined();
  });

  test.each(["moderation.bsky.app", `${labeler};hide`, `${labeler}, did:plc:b`, "x\r\ny"])(
    "%j is none, and refused",
    async (one) => {
      const { client, fetch } = surroundings();
      const call = client.app.bsky.actor.getProfile({ actor: "a" }, { labelers: [labeler, one] });
      await expect(call).rejects.toMatchObject({ issues: [{ path: "options.labelers[1]" }] });
      expect(fetch.requests).toHaveLength(0);
    },
  );
});

/** What a session of this scope gets of a server that takes no messages from it. */
const askAs = (scope: string) =>
  surroundings({ ...asAlice, accessToken: token(Date.UTC(2030, 0, 1), { sub: alice.did, scope }) }, () =>
    refusal(400, "InvalidToken"),
  )
    .client.chat.bsky.convo.listConvos()
    .catch((reason: unknown) => reason);

describe("hosts and tokens", () => {
  test("A3.2 a service token goes to the service and to hosts of the account's trust, no further", async () => {
    const { client, sent, issued } = surroundings({ ...asAlice, trustedServices: ["https://video.mine.example"] });
    const ask = (service: string) => client.app.bsky.video.getUploadLimits({}, { service });
    await ask("https://elsewhere.example");
    expect(whoIsAsking(sent())).toBe("nobody");
    expect(issued()).toEqual([]);
    await ask("https://video.mine.example");
    expect(whoIsAsking(sent())).toBe("did:web:video.bsky.app app.bsky.video.getUploadLimits");
    await ask(home);
    expect(whoIsAsking(sent())).toBe("session");
    await ask("https://video.bsky.app");
    expect(whoIsAsking(sent())).toBe("did:web:video.bsky.app app.bsky.video.getUploadLimits");
  });

  test("A3.2 reading another's repository takes no token there, and a token of the caller's own stays at home", async () => {
    const { client, sent } = surroundings(asAlice);
    const record = { repo: bob.handle, collection: "a.b.c", rkey: "1" };
    await client.com.atproto.repo.getRecord(record);
    expect([sent().url.origin, whoIsAsking(sent())]).toEqual([bob.pds, "nobody"]);
    await client.com.atproto.repo.getRecord(record, { headers: { authorization: "Bearer x.y.z" } });
    expect([sent().url.origin, sent().headers["authorization"]]).toEqual([home, "Bearer x.y.z"]);
    const stranger = surroundings();
    await stranger.client.com.atproto.repo.getRecord(record, { headers: { authorization: "Bearer x.y.z" } });
    expect(stranger.sent().url.origin).toBe("https://public.api.bsky.app");
  });

  test("where a repository is is asked once, and the account's own needs no asking", async () => {
    const { client, fetch } = surroundings(asAlice);
    const list = (repo: string) => client.com.atproto.repo.listRecords({ repo, collection: "a.b.c" });
    await list(alice.did);
    expect(fetch.requests).toHaveLength(1);
    await list(bob.did);
    await list(bob.did);
    expect(fetch.requests.filter(({ url }) => url.hostname === "plc.directory")).toHaveLength(1);
  });

  test.each(["did:plc:inside", "did:web:localhost%3A8080"])(
    "a stranger's repository does not lead to this machine, unless the directory is there, too: %s",
    async (did) => {
      const inside = "http://localhost:8080";
      const document = {
        id: did,
        service: [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: inside }],
      };
      const answer = ({ url }: { readonly url: URL }) =>
        url.pathname.endsWith(did) || url.pathname.endsWith("did.json") ? Response.json(document) : undefined;
      const list = { repo: did, collection: "a.b.c" };
      const { client, sent, fetch } = surroundings(asAlice, answer);
      await client.com.atproto.repo.listRecords(list);
      expect(sent().url.origin).toBe(home);
      expect(fetch.requests.map(({ url }) => url.origin)).not.toContain(inside);
      const local = surroundings({ ...asAlice, plcDirectory: "http://localhost:2582" }, answer);
      await local.client.com.atproto.repo.listRecords(list);
      expect(local.sent().url.origin).toBe(inside);
    },
  );

  test("a directory that is down leaves reads to the account's own server", async () => {
    const { client, sent } = surroundings(asAlice, ({ url }) =>
      url.hostname === "plc.directory" ? new Response("", { status: 503 }) : undefined,
    );
    await client.com.atproto.repo.listRecords({ repo: bob.did, collection: "a.b.c" });
    expect([sent().url.origin, whoIsAsking(sent())]).toEqual([home, "session"]);
  });

  test("A3.4 chat with an app password that has no access to it: a typed hint on the server's refusal", async () => {
    const error = await askAs("com.atproto.appPass");
    expect(error).toBeInstanceOf(InsufficientScopeError);
    expect(error).toMatchObject({ status: 400, error: "InvalidToken", nsid: "chat.bsky.convo.listConvos" });
    expect((error as Error).message).toContain("access to direct messages");
    for (const scope of ["com.atproto.access", "com.atproto.appPassPrivileged"]) {
      expect(await askAs(scope)).not.toBeInstanceOf(InsufficientScopeError);
    }
  });
});
