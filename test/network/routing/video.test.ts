import { createServer, type ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { AuthenticationError, type Client, type AppBskyVideoDefs, type ClientOptions } from "../../../src/index.ts";
import { startWitness } from "../endpoints/witness.ts";
import { signUp, type Account } from "../../support/servers/accounts.ts";
import { secondPds } from "../../support/servers/control.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import { listenLocally } from "../../support/servers/ports.ts";
import { xrpc } from "../../support/servers/xrpc.ts";
import { startVideoService, type VideoService } from "../../support/stand-ins/video-service.ts";
import { clientOf } from "./people.ts";

const network = inject("network");
const { pds, pdsDid, plc } = network;

/** Like a video as far as its first bytes go. */
const clip = (fill: number): Uint8Array => {
  const bytes = new Uint8Array(3000).fill(fill);
  bytes.set([0, 0, 0, 24, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d]);
  return bytes;
};

let video: VideoService;
let proxy: FaultProxy;
beforeAll(async () => {
  video = await startVideoService({ plc });
  proxy = await startFaultProxy(video.url);
});
afterAll(async () => {
  await proxy.close();
  await video.close();
});

const withVideo = (options: ClientOptions = {}): ClientOptions => ({
  services: { video: { url: proxy.url, did: video.did } },
  ...options,
});

/** Uploads and waits for the blob, as a program would do it by hand. */
async function blobOf(client: Client, did: string, bytes: Uint8Array): Promise<AppBskyVideoDefs.JobStatus> {
  const { jobId } = await client.app.bsky.video.uploadVideo(bytes, { params: { did, name: "clip.mp4" } });
  for (;;) {
    const { jobStatus } = await client.app.bsky.video.getJobStatus({ jobId });
    if (/COMPLETED|FAILED/.test(jobStatus.state)) return jobStatus;
  }
}

const servers: readonly (readonly [name: string, url: () => Promise<string>, domain: string])[] = [
  ["a PDS that calls itself by its host", () => Promise.resolve(pds), "test"],
  ["A11.7 a PDS on a port, which calls itself by host and port", () => secondPds(network), "two.test"],
];

describe.each(servers)("an account of %s", (_, urlOf, domain) => {
  let alice: Account;
  let server: string;
  beforeAll(async () => {
    server = await urlOf();
    alice = await signUp(server, domain);
  });

  test("A3.5 A11.2 limits, upload, states and post: each call reaches the video service with the token it wants", async () => {
    const witness = startWitness();
    const client = clientOf(alice, server, withVideo({ fetch: witness.fetch }));
    expect(await client.app.bsky.video.getUploadLimits()).toMatchObject({ canUpload: true, remainingDailyVideos: 25 });
    const { state, blob } = await blobOf(client, alice.did, clip(7));
    expect([state, blob]).toMatchObject(["JOB_STATE_COMPLETED", { mimeType: "video/mp4", size: 3000 }]);
    await client.com.atproto.repo.createRecord({
      repo: alice.did,
      collection: "app.bsky.feed.post",
      record: {
        $type: "app.bsky.feed.post",
        text: "a clip",
        createdAt: new Date(),
        embed: { $type: "app.bsky.embed.video", video: blob },
      },
    });
    const toVideo = witness.requests.filter(({ url }) => url.origin === proxy.url);
    expect(toVideo.length).toBeGreaterThan(5);
    for (const { url, headers } of toVideo) {
      const token = headers.get("authorization");
      expect(token).not.toBe(`Bearer ${alice.accessJwt}`);
      expect(token === null).toBe(url.pathname.endsWith("getJobStatus"));
    }
    const rows = await client.log.query({ endpoint: "xrpc/app.bsky.video.uploadVideo" });
    expect(rows).toMatchObject([{ hostname: new URL(proxy.url).host, requestDid: null, httpStatusCode: 200 }]);
  });

  test("A11.6 a token that the service calls expired is replaced, and the upload sent once more", async () => {
    const client = clientOf(alice, server, withVideo());
    proxy.next({ nsid: "uploadVideo" }, { kind: "status", status: 401, error: "JwtExpired" });
    const before = proxy.log.length;
    expect((await blobOf(client, alice.did, clip(8))).state).toBe("JOB_STATE_COMPLETED");
    expect(proxy.log.slice(before).filter(({ nsid }) => nsid.endsWith("uploadVideo"))).toHaveLength(2);
    const rows = await client.log.query({ endpoint: "xrpc/com.atproto.server.getServiceAuth" });
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ requestDid: alice.did, hostname: new URL(server).host });
  });

  test("A11.6 a service whose clock is far ahead refuses both, and is not sent the access token", async () => {
    const client = clientOf(alice, server, withVideo());
    video.clockAhead = 3 * 3_600_000;
    const error = await client.app.bsky.video.getUploadLimits().catch((reason: unknown) => reason);
    video.clockAhead = 0;
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ error: "JwtExpired", attempts: 2 });
    for (const { headers } of video.arrivals) expect(headers.authorization ?? "").not.toContain(alice.accessJwt);
  });
});

test("client.serviceAuth gives what the official PDS and the service accept", async () => {
  const alice = await signUp(pds);
  const client = clientOf(alice, pds);
  const token = await client.serviceAuth({ aud: pdsDid, lxm: "com.atproto.repo.uploadBlob" });
  const stored = await xrpc(pds, "com.atproto.repo.uploadBlob", { token, body: clip(1) });
  expect(stored.status).toBe(200);
  const inAnHour = Math.floor(Date.now() / 1000) + 3590;
  expect(
    await client.serviceAuth({ aud: `${video.did}#bsky_video`, lxm: "app.bsky.video.getUploadLimits", exp: inAnHour }),
  ).toBeTruthy();
  await expect(client.serviceAuth({ aud: pdsDid, lxm: "com.atproto.server.getSession" })).rejects.toMatchObject({
    status: 400,
  });
});

test("A3.2 a redirect of the video service to another host takes no service token along", async () => {
  const heard: (string | undefined)[] = [];
  const start = async (answer: (response: ServerResponse) => void) => {
    const server = createServer((request, response) => {
      heard.push(request.headers.authorization);
      answer(response);
    });
    return { server, url: `http://localhost:${await listenLocally(server)}` };
  };
  const target = await start((response) => response.end('{"canUpload":true}'));
  const path = "/xrpc/app.bsky.video.getUploadLimits";
  const door = await start((response) => response.writeHead(307, { location: target.url + path }).end());
  try {
    const alice = await signUp(pds);
    const client = clientOf(alice, pds, { services: { video: { url: door.url } } });
    const { http } = await client.app.bsky.video.getUploadLimits().withResponse();
    expect(http.url).toBe(target.url + path);
    expect(heard).toEqual([expect.stringMatching(/^Bearer ey/), undefined]);
  } finally {
    for (const { server } of [target, door]) {
      server.closeAllConnections();
      server.close();
    }
  }
});
