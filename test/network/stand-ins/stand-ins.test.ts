import { generateKeyPairSync, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { signUp, type Account } from "../../support/servers/accounts.ts";
import { xrpc } from "../../support/servers/xrpc.ts";
import { startChatService, type ChatService } from "../../support/stand-ins/chat-service.ts";
import { keyOf } from "../../support/stand-ins/service-jwt.ts";
import { startVideoService, type VideoService } from "../../support/stand-ins/video-service.ts";
import type { JobStatus } from "../../support/stand-ins/video-jobs.ts";

const { pds, pdsDid, plc } = inject("network");
const uploadBlob = "com.atproto.repo.uploadBlob";
const getUploadLimits = "app.bsky.video.getUploadLimits";

let alice: Account;
let bob: Account;
let video: VideoService;
let chat: ChatService;
beforeAll(async () => {
  [alice, bob, video, chat] = await Promise.all([
    signUp(pds),
    signUp(pds),
    startVideoService({ plc, dailyVideos: 6 }),
    startChatService({ plc }),
  ]);
});
afterAll(() => Promise.all([video.close(), chat.close()]));

function missing(what: string): never {
  throw new Error(what);
}

async function mint(params: Record<string, string>, account = alice): Promise<string> {
  const { json, text } = await xrpc<{ token: string }>(pds, "com.atproto.server.getServiceAuth", {
    token: account.accessJwt,
    params,
  });
  return json?.token ?? missing(text);
}

/** The same claims, signed with a key of somebody else's. */
function forge(token: string): string {
  const [head, payload] = token.split(".");
  const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
  const signature = sign("sha256", Buffer.from(`${head}.${payload}`), { key, dsaEncoding: "ieee-p1363" });
  return `${head}.${payload}.${signature.toString("base64url")}`;
}

/** Bytes that nobody else uploads. */
const clip = (fill: number): Uint8Array => new Uint8Array(2000).fill(fill);

const upload = (token: string | undefined, body = clip(1), did = alice.did) =>
  xrpc<JobStatus & { error?: string }>(video.url, "app.bsky.video.uploadVideo", {
    ...(token !== undefined && { token }),
    body,
    params: { did, name: "clip.mp4" },
    headers: { "content-type": "video/mp4" },
  });

const limits = (token: string) => xrpc<{ error?: string }>(video.url, getUploadLimits, { token });

const statusOf = async (jobId: string): Promise<JobStatus> => {
  const { json } = await xrpc<{ jobStatus: JobStatus }>(video.url, "app.bsky.video.getJobStatus", {
    params: { jobId },
  });
  return json?.jobStatus ?? missing("no status");
};

async function walk(jobId: string): Promise<readonly JobStatus[]> {
  const seen: JobStatus[] = [];
  do seen.push(await statusOf(jobId));
  while (!/COMPLETED|FAILED/.test(seen.at(-1)?.state ?? ""));
  return seen;
}

const ask = <Body>(nsid: string, request: { params?: Record<string, string>; body?: object } = {}, account = alice) =>
  xrpc<Body>(pds, nsid, { ...request, token: account.accessJwt, headers: { "atproto-proxy": chat.proxy } });

describe("tokens", () => {
  test("a token for the service itself is accepted, also one that names the service by its id", async () => {
    for (const aud of [video.did, `${video.did}#bsky_video`]) {
      expect((await limits(await mint({ aud, lxm: getUploadLimits }))).status).toBe(200);
    }
  });

  test.each([
    ["the PDS as audience", () => mint({ aud: pdsDid, lxm: getUploadLimits }), "BadJwtAudience"],
    ["another method", () => mint({ aud: video.did, lxm: uploadBlob }), "BadJwtLexiconMethod"],
    ["no method", () => mint({ aud: video.did }), "BadJwtLexiconMethod"],
    ["another's signature", async () => forge(await mint({ aud: video.did, lxm: getUploadLimits })), "BadJwtSignature"],
    ["a session's token", async () => alice.accessJwt, "BadJwtType"],
    ["nothing that is a token", async () => "garbage", "BadJwt"],
  ])("limits with %s are refused", async (_, token, error) => {
    const { status, json } = await limits(await token());
    expect([status, json?.error]).toEqual([401, error]);
  });

  test("one that has expired is refused", async () => {
    const token = await mint({ aud: video.did, lxm: getUploadLimits });
    video.clockAhead = 120_000;
    const late = await limits(token);
    video.clockAhead = 0;
    expect([late.status, late.json?.error]).toEqual([401, "JwtExpired"]);
    expect((await limits(token)).status).toBe(200);
  });

  test("a key of the other curve verifies, too", () => {
    // The example of https://atproto.com/specs/cryptography
    const key = keyOf("did:key:zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo");
    expect(key.export({ format: "jwk" })).toMatchObject({ kty: "EC", crv: "P-256" });
  });
});

describe("video", () => {
  test.each([
    ["the service as audience", () => mint({ aud: video.did, lxm: uploadBlob }), "BadJwtAudience"],
    ["another method", () => mint({ aud: pdsDid, lxm: "com.atproto.repo.createRecord" }), "BadJwtLexiconMethod"],
    ["another's signature", async () => forge(await mint({ aud: pdsDid, lxm: uploadBlob })), "BadJwtSignature"],
    ["another account's token", () => mint({ aud: pdsDid, lxm: uploadBlob }, bob), "BadJwtIss"],
    ["a session's token", async () => alice.accessJwt, "BadJwtType"],
    ["no token", async () => undefined, "AuthMissing"],
  ])("an upload with %s is refused", async (_, token, error) => {
    const { status, json } = await upload(await token());
    expect([status, json?.error]).toEqual([401, error]);
  });

  test("a video passes all states, and its blob is at the account's PDS; a second upload is told so", async () => {
    const token = await mint({ aud: pdsDid, lxm: uploadBlob });
    const first = await upload(token, clip(2));
    expect(first.json).toMatchObject({ did: alice.did, state: "JOB_STATE_CREATED" });
    const jobId = first.json?.jobId ?? "";
    const states = await walk(jobId);
    expect(states.map(({ state }) => state.slice("JOB_STATE_".length))).toEqual([
      "ENCODING",
      "ENCODED",
      "SCANNING",
      "SCANNED",
      "UPLOADING",
      "UPLOADED",
      "COMPLETED",
    ]);
    const blob = states.at(-1)?.blob;
    expect(blob).toMatchObject({ $type: "blob", mimeType: "video/mp4", size: 2000 });
    const embed = { $type: "app.bsky.embed.video", video: blob };
    const record = { $type: "app.bsky.feed.post", text: "", createdAt: new Date().toISOString(), embed };
    const body = { repo: alice.did, collection: record.$type, record };
    expect((await xrpc(pds, "com.atproto.repo.createRecord", { token: alice.accessJwt, body })).status).toBe(200);
    const again = await upload(token, clip(2));
    expect([again.status, again.json]).toMatchObject([
      409,
      { error: "already_exists", jobId, state: "JOB_STATE_COMPLETED" },
    ]);
  });

  test("what can go wrong does when it is asked to", async () => {
    const token = await mint({ aud: pdsDid, lxm: uploadBlob });
    video.behaviour.emailConfirmed = false;
    expect((await upload(token, clip(3))).json?.error).toBe("unconfirmed_email");
    video.behaviour.emailConfirmed = true;

    video.jobs.failNext = { failureCode: "encoding_failure", message: "odd codec" };
    const failing = await upload(token, clip(3));
    expect(await statusOf(failing.json?.jobId ?? "")).toMatchObject({
      state: "JOB_STATE_FAILED",
      message: "odd codec",
    });
    // A job that failed does not stand in the way of another.
    video.behaviour.answers = "wrapped";
    expect((await upload(token, clip(3))).json).toMatchObject({ jobStatus: { state: "JOB_STATE_CREATED" } });
    video.behaviour.answers = "flat";

    const large = await upload(token, new Uint8Array(6 * 1024 * 1024));
    expect((await walk(large.json?.jobId ?? "")).at(-1)).toMatchObject({
      state: "JOB_STATE_FAILED",
      failureCode: "pds_upload_unsupported_blob_size",
    });
    await upload(token, clip(4));
    await upload(token, clip(5));
    expect((await upload(token, clip(6))).json?.error).toBe("daily_limit");
    const mine = await limits(await mint({ aud: video.did, lxm: getUploadLimits }));
    expect(mine.json).toMatchObject({ canUpload: false, remainingDailyVideos: 0 });
  });
});

describe("chat through the PDS", () => {
  test("a message arrives in the log of both, which starts now when it is asked for without a cursor", async () => {
    const start = await ask<{ cursor: string; logs: unknown[] }>("chat.bsky.convo.getLog", {}, bob);
    expect(start.json?.logs).toEqual([]);
    const convo = await ask<{ convo: { id: string } }>("chat.bsky.convo.getConvoForMembers", {
      params: { members: bob.did },
    });
    const body = { convoId: convo.json?.convo.id ?? "", message: { text: "hello" } };
    expect((await ask("chat.bsky.convo.sendMessage", { body })).status).toBe(200);
    const log = await ask<{ logs: { $type: string }[] }>(
      "chat.bsky.convo.getLog",
      { params: { cursor: start.json?.cursor ?? "" } },
      bob,
    );
    expect(log.json?.logs.map(({ $type }) => $type)).toEqual([
      "chat.bsky.convo.defs#logBeginConvo",
      "chat.bsky.convo.defs#logCreateMessage",
    ]);
  });

  test("a log is paged to an empty page, which has a cursor", async () => {
    const carol = await signUp(pds);
    chat.seedLog(carol.did, 250);
    const sizes: number[] = [];
    for (let cursor = "2222222222222"; sizes.at(-1) !== 0;) {
      const { json } = await ask<{ cursor: string; logs: unknown[] }>(
        "chat.bsky.convo.getLog",
        { params: { cursor } },
        carol,
      );
      cursor = json?.cursor ?? missing("no cursor");
      sizes.push(json?.logs.length ?? -1);
    }
    expect(sizes).toEqual([100, 100, 50, 0]);
  });

  test("the token of the PDS is for this service alone", async () => {
    const token = await mint({ aud: video.did, lxm: "chat.bsky.convo.listConvos" });
    expect((await xrpc(chat.url, "chat.bsky.convo.listConvos", { token })).json?.error).toBe("BadJwtAudience");
    expect((await ask("chat.bsky.convo.listConvos")).status).toBe(200);
  });
});
