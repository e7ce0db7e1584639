import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import {
  AuthenticationError,
  NetworkError,
  ValidationError,
  XrpcError,
  type ServiceAuthRequest,
} from "../../../src/index.ts";
import { appBskyVideoUploadVideo } from "../../../generated/definitions/app.bsky.ts";
import { networkFailure, refusal } from "../../support/fakes/scripted-fetch.ts";
import { asAlice, home, surroundings, whoIsAsking } from "./surroundings.ts";

const clip = new Uint8Array([0, 0, 0, 24, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d]);
const named = { params: { did: "did:plc:alice", name: "clip.mp4" } } as const;
const bearer = (request: { headers: Readonly<Record<string, string>> }): string =>
  request.headers["authorization"] ?? "";

describe("tokens of calls", () => {
  test("A11.1 aud and lxm are exactly those the service wants, for limits and for upload", async () => {
    const { client, issued, clock } = surroundings(asAlice);
    await client.app.bsky.video.getUploadLimits();
    await client.app.bsky.video.uploadVideo(clip, named);
    expect(issued()).toEqual([
      { aud: "did:web:video.bsky.app", lxm: "app.bsky.video.getUploadLimits" },
      { aud: "did:web:the-pds.example", lxm: "com.atproto.repo.uploadBlob", exp: String(clock.now() / 1000 + 1800) },
    ]);
  });

  test("A11.2 the upload carries the service token; its name and account are in the URL, its type is the video's", async () => {
    const { client, sent } = surroundings(asAlice);
    await client.app.bsky.video.uploadVideo(clip, named);
    expect(whoIsAsking(sent())).toBe("did:web:the-pds.example com.atproto.repo.uploadBlob");
    expect(sent().url.href).toBe(
      "https://video.bsky.app/xrpc/app.bsky.video.uploadVideo?did=did%3Aplc%3Aalice&name=clip.mp4",
    );
    expect(sent().headers["content-type"]).toBe("video/mp4");
  });

  test("L6 account and name that an upload leaves out are filled in, and those that it gives are kept", async () => {
    const { client, sent } = surroundings(asAlice);
    await client.app.bsky.video.uploadVideo(clip);
    expect(sent().url.href).toMatch(/uploadVideo\?did=did%3Aplc%3Aalice&name=[a-z0-9]+\.mp4$/);
    await client.app.bsky.video.uploadVideo(clip, { encoding: "video/quicktime" });
    expect(sent().url.href).toMatch(/uploadVideo\?did=did%3Aplc%3Aalice&name=[a-z0-9]+\.mov$/);
    await client.app.bsky.video.uploadVideo(clip, { params: { name: "walk.mp4" } });
    expect(sent().url.search).toBe("?name=walk.mp4&did=did%3Aplc%3Aalice");
    await client.app.bsky.video.uploadVideo(clip, { params: { did: "did:plc:bob" } });
    expect(sent().url.search).toMatch(/^\?did=did%3Aplc%3Abob&name=[a-z0-9]+\.mp4$/);
    await client.call(appBskyVideoUploadVideo, clip);
    expect(sent().url.search).toMatch(/^\?did=did%3Aplc%3Aalice&name=[a-z0-9]+\.mp4$/);
  });

  test("A11.3 exp is whole seconds, half an hour ahead, also between two seconds", async () => {
    const { client, issued, clock } = surroundings(asAlice);
    clock.jump(777);
    await client.app.bsky.video.uploadVideo(clip, named);
    const exp = Number(issued()[0]?.["exp"]);
    expect(Number.isInteger(exp)).toBe(true);
    expect(exp).toBe(Math.floor(clock.now() / 1000) + 1800);
  });

  test("A11.4 a token is used until shortly before it expires, by all calls that it is good for", async () => {
    const { client, issued, clock } = surroundings(asAlice);
    const upload = () => client.app.bsky.video.uploadVideo(clip, named);
    await upload();
    await upload();
    await client.app.bsky.video.startUpload({ sizeBytes: 1, mimeType: "video/mp4" });
    expect(issued()).toHaveLength(1);
    // What is stored minutes later needs minutes; a part of an upload does not.
    clock.jump(6 * 60_000);
    await client.app.bsky.video.getUploadStatus({ jobId: "1" });
    expect(issued()).toHaveLength(1);
    await upload();
    expect(issued()).toHaveLength(2);
    clock.jump(30 * 60_000 - 9_000);
    await client.app.bsky.video.getUploadStatus({ jobId: "1" });
    expect(issued()).toHaveLength(3);
  });

  test("A11.4 many calls at once ask for one token", async () => {
    const { client, issued } = surroundings(asAlice);
    await Promise.all(Array.from({ length: 20 }, () => client.app.bsky.video.getUploadLimits().then(() => undefined)));
    expect(issued()).toHaveLength(1);
  });

  test("a call that is aborted leaves the token to the others that wait for it", async () => {
    const { client, issued } = surroundings(asAlice);
    const controller = new AbortController();
    const aborted = client.app.bsky.video.getUploadLimits({}, { signal: controller.signal }).result();
    const other = client.app.bsky.video.getUploadLimits().result();
    controller.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    expect((await other).ok).toBe(true);
    expect(issued()).toHaveLength(1);
  });

  test("A11.5 no service token is in rows, lines or errors, whatever the service repeats", async () => {
    const { client, fetch, lines } = surroundings(asAlice, ({ headers }, nsid) =>
      nsid === "app.bsky.video.getUploadLimits"
        ? Response.json({ error: "Odd", message: `you sent ${headers["authorization"]}` }, { status: 400 })
        : undefined,
    );
    const error = await client.app.bsky.video.getUploadLimits().catch((reason: unknown) => reason);
    await client.serviceAuth({ aud: "did:web:a.example", lxm: "com.example.a" });
    const rows = await client.log.query();
    const seen = inspect([error, lines, rows], { depth: 20, maxStringLength: null });
    const secrets = fetch.requests.map(bearer).filter(Boolean);
    expect(secrets.length).toBeGreaterThan(2);
    for (const secret of secrets) expect(seen).not.toContain(secret.split(".").at(1));
    expect(seen).toContain("[redacted]");
    // Calls for tokens have rows of their own; a call with one is nobody's session.
    const own = rows.map(({ endpoint, requestDid, hostname }) => [endpoint, requestDid, hostname]);
    expect(own).toContainEqual(["xrpc/com.atproto.server.getServiceAuth", "did:plc:alice", "pds.example"]);
    expect(own).toContainEqual(["xrpc/app.bsky.video.getUploadLimits", null, "video.bsky.app"]);
  });

  test.each(["BadJwt", "BadJwtSignature", "BadJwtAudience", "JwtExpired", "ExpiredToken"])(
    "A11.6 %s: a new token and one replay, never the access token",
    async (name) => {
      let refusals = 1;
      const { client, calls, issued } = surroundings(asAlice, (_, nsid) =>
        nsid === "app.bsky.video.uploadVideo" && refusals-- > 0 ? refusal(401, name) : undefined,
      );
      await client.app.bsky.video.uploadVideo(clip, named);
      const uploads = calls().filter(({ url }) => url.host === "video.bsky.app");
      expect(uploads.map(whoIsAsking)).toEqual(Array(2).fill("did:web:the-pds.example com.atproto.repo.uploadBlob"));
      expect(bearer(uploads[0] as never)).not.toBe(bearer(uploads[1] as never));
      expect(issued()).toHaveLength(2);
    },
  );

  test("A11.6 a service that refuses each token is asked twice, no more", async () => {
    const { client, calls } = surroundings(asAlice, (_, nsid) =>
      nsid === "app.bsky.video.uploadVideo" ? refusal(401, "BadJwtSignature") : undefined,
    );
    const error = await client.app.bsky.video.uploadVideo(clip, named).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ error: "BadJwtSignature", attempts: 2 });
    expect(calls().filter(({ url }) => url.host === "video.bsky.app")).toHaveLength(2);
  });

  test("A11.6 a stream that was sent cannot be sent again, and the error says so", async () => {
    const { client } = surroundings(asAlice, (_, nsid) =>
      nsid === "app.bsky.video.uploadVideo" ? refusal(401, "JwtExpired") : undefined,
    );
    const stream = new Blob([clip]).stream();
    await expect(client.app.bsky.video.uploadVideo(stream, named)).rejects.toThrow(/service token .* used up/);
  });

  test("A11.7 aud is the DID that the server calls itself; its host's name if it does not say", async () => {
    const answers: Response[] = [
      Response.json({ did: "did:plc:server" }),
      refusal(501, "MethodNotImplemented"),
      Response.json({}),
    ];
    for (const expected of ["did:plc:server", "did:web:localhost%3A2583", "did:web:localhost%3A2583"]) {
      const answer = answers.shift();
      const { client, issued } = surroundings({ ...asAlice, service: "http://localhost:2583" }, (_, nsid) =>
        nsid === "com.atproto.server.describeServer" ? answer : undefined,
      );
      await client.app.bsky.video.uploadVideo(clip, named);
      expect(issued()[0]?.["aud"]).toBe(expected);
    }
  });

  test("A11.7 a server that does not answer is not guessed at: the call was not sent, and is repeated like others", async () => {
    let failures = 1;
    const { client, issued, clock } = surroundings(asAlice, (_, nsid) => {
      if (nsid === "com.atproto.server.describeServer" && failures-- > 0) throw networkFailure("ECONNRESET");
      return undefined;
    });
    await clock.run(client.app.bsky.video.uploadVideo(clip, named));
    expect(issued()).toHaveLength(1);
    failures = 100;
    const other = surroundings(asAlice, (_, nsid) => {
      if (nsid === "com.atproto.server.describeServer") throw networkFailure("ECONNRESET");
      return undefined;
    });
    const error = await other.clock
      .run(other.client.app.bsky.video.uploadVideo(clip, named))
      .then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ ambiguous: false, retryable: true, attempts: 0, nsid: "app.bsky.video.uploadVideo" });
  });

  test("a token that does not say when it expires is not kept", async () => {
    const { client, fetch } = surroundings(asAlice, (_, nsid) =>
      nsid === "com.atproto.server.getServiceAuth" ? Response.json({ token: "opaque" }) : undefined,
    );
    await client.app.bsky.video.getUploadLimits();
    await client.app.bsky.video.getUploadLimits();
    expect(fetch.requests.filter(({ url }) => url.pathname.endsWith("getServiceAuth"))).toHaveLength(2);
  });
});

describe("client.serviceAuth", () => {
  const lxm = "com.example.do";
  const aud = "did:web:service.example";

  test("gives a token for any service, kept until shortly before it expires and shared with calls", async () => {
    const { client, issued, clock, sent } = surroundings(asAlice);
    const one = await client.serviceAuth({ aud, lxm });
    expect(await client.serviceAuth({ aud, lxm })).toBe(one);
    expect(await client.serviceAuth({ aud, lxm: "com.example.other" })).not.toBe(one);
    expect(await client.serviceAuth({ aud: `${aud}#any`, lxm })).not.toBe(one);
    clock.jump(51_000);
    expect(await client.serviceAuth({ aud, lxm })).not.toBe(one);
    expect(issued()).toHaveLength(4);
    await client.app.bsky.video.getUploadLimits();
    const limits = bearer(sent());
    expect(limits).toBe(
      `Bearer ${await client.serviceAuth({ aud: "did:web:video.bsky.app", lxm: "app.bsky.video.getUploadLimits" })}`,
    );
  });

  test("with exp it is always a new one that expires then", async () => {
    const { client, issued, clock } = surroundings(asAlice);
    const exp = clock.now() / 1000 + 3600;
    const one = await client.serviceAuth({ aud, lxm, exp });
    expect(await client.serviceAuth({ aud, lxm, exp })).not.toBe(one);
    expect(issued().at(-1)).toEqual({ aud, lxm, exp: String(exp) });
    expect(await client.serviceAuth({ aud, lxm })).not.toBe(one);
    await client.serviceAuth({ aud, exp: clock.now() / 1000 + 60 });
    expect(issued().at(-1)).toEqual({ aud, exp: String(clock.now() / 1000 + 60) });
  });

  const now = Date.UTC(2026, 0, 1) / 1000;
  test.each<[string, ServiceAuthRequest]>([
    ["aud", { aud: "https://service.example", lxm }],
    ["aud", { aud: "service.example", lxm }],
    ["aud", { aud: "did:web:a#", lxm }],
    ["lxm", { aud, lxm: "do" }],
    ["lxm", { aud, lxm: "xrpc/com.example.do" }],
    ["exp", { aud, lxm, exp: now + 0.5 }],
    ["exp", { aud, lxm, exp: (now + 60) * 1000 }],
    ["exp", { aud, lxm, exp: now }],
    ["exp", { aud, lxm, exp: now + 3601 }],
    ["exp", { aud, exp: now + 61 }],
    ["exp", { aud, lxm, exp: Number.NaN }],
  ])("is refused for its %s before anything is sent: %j", async (path, request) => {
    const { client, fetch } = surroundings(asAlice);
    const error = await client.serviceAuth(request).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).issues).toMatchObject([{ path }]);
    expect(fetch.requests).toHaveLength(0);
  });

  test("a server's refusal comes through as it is, and is remembered for nobody", async () => {
    let refusals = 1;
    const { client } = surroundings(asAlice, (_, nsid) =>
      nsid === "com.atproto.server.getServiceAuth" && refusals-- > 0 ? refusal(400, "BadExpiration") : undefined,
    );
    const error = await client.serviceAuth({ aud, lxm }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(XrpcError);
    expect(error).toMatchObject({ error: "BadExpiration", nsid: "com.atproto.server.getServiceAuth" });
    expect(await client.serviceAuth({ aud, lxm })).toBeTruthy();
  });

  test("without an account there is none", async () => {
    const { client } = surroundings({ service: home });
    await expect(client.serviceAuth({ aud, lxm })).rejects.toThrow("has no account");
  });
});
