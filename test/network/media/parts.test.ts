import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { UploadError, type VideoProgress } from "../../../src/index.ts";
import { createDatabase } from "../../support/servers/postgres.ts";
import { until } from "../../support/servers/accounts.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import { Refusal } from "../../support/stand-ins/service.ts";
import { bytesOf } from "../../unit/media/video/fixtures.ts";
import type { ProgramSettings } from "./program.ts";
import { openWorld, ownClip, postAndRead, storedBytes, type Uploader, type World } from "./world.ts";

const network = inject("network");
const folder = mkdtempSync(join(tmpdir(), "skylex-parts-"));
let world: World;
let alice: Uploader;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  alice = await world.join();
});
afterEach(() => {
  Object.assign(world.service.uploads, {
    available: true,
    partSize: 2000,
    onPart: () => undefined,
    onFinish: () => undefined,
  });
});

const inParts = { multipart: true } as const;
/** Four parts and a bit */
const clip = (): Buffer => ownClip(bytesOf("h264-aac.mp4"), 8_100);
const count = (calls: readonly string[], name: string): number => calls.filter((one) => one === name).length;

describe("in parts", () => {
  test("every part once, then the job of the whole; read back through the AppView", async () => {
    const bytes = clip();
    const progress: VideoProgress[] = [];
    const video = await alice.client.uploadVideo(bytes, { ...inParts, onProgress: (one) => progress.push(one) });
    const calls = await alice.calls();
    expect(calls.slice(0, 2)).toEqual(["getUploadLimits", "startUpload"]);
    expect(count(calls, "uploadPart")).toBe(5);
    expect(count(calls, "finishUpload")).toBe(1);
    expect(await storedBytes(alice, video).catch(() => "not referred to yet")).toBe("not referred to yet");
    const { view } = await postAndRead(alice, video);
    expect(view?.cid).toBe(video.blob.ref.$link);
    expect(await storedBytes(alice, video)).toEqual(bytes);
    expect(progress.findLast(({ phase }) => phase === "upload")).toMatchObject({
      percent: 100,
      sent: 8100,
      total: 8100,
    });
  });

  test("large files by themselves, small ones whole", async () => {
    world.service.uploads.partSize = 8 * 1024 * 1024;
    // The PDS of the tests takes less than that: the job fails, which is after the choice was made.
    const large = ownClip(bytesOf("h264-aac.mp4"), 16 * 1024 * 1024);
    await expect(alice.client.uploadVideo(large)).rejects.toBeInstanceOf(UploadError);
    expect(count(await alice.calls(), "uploadPart")).toBe(2);
    await alice.client.uploadVideo(clip());
    expect(count(await alice.calls(), "uploadVideo")).toBe(1);
  });

  test("a service that knows no parts gets the whole", async () => {
    world.service.uploads.available = false;
    await alice.client.uploadVideo(clip(), inParts);
    expect(await alice.calls()).toEqual(expect.arrayContaining(["startUpload", "uploadVideo"]));
  });

  test("A15.3 the same video again: the job to wait for is the first one's", async () => {
    const bytes = clip();
    const whole = await alice.client.uploadVideo(bytes);
    const parts = await alice.client.uploadVideo(bytes, inParts);
    expect([parts.jobId, parts.blob]).toEqual([whole.jobId, whole.blob]);
  });

  test("A15.4 when processing fails the session is over, and the next try begins anew", async () => {
    const bytes = clip();
    world.service.jobs.failNext = { failureCode: "generic_failure" };
    await expect(alice.client.uploadVideo(bytes, inParts)).rejects.toBeInstanceOf(UploadError);
    await alice.client.uploadVideo(bytes, inParts);
    expect(count(await alice.calls(), "startUpload")).toBe(2);
  });
});

describe("with faults", () => {
  let proxy: FaultProxy;
  let bob: Uploader;
  beforeEach(async () => {
    proxy = await startFaultProxy(world.service.url);
    bob = await world.join({ services: { video: { url: proxy.url, did: world.service.did } } });
  });
  afterEach(() => proxy.close());

  test("parts that are lost on the way, before or behind the service, are sent again", async () => {
    const part = { nsid: "app.bsky.video.uploadPart" };
    proxy.next(part, { kind: "reset" });
    proxy.next(part, { kind: "resetAfter" });
    proxy.next(part, { kind: "statusAfter", status: 504 });
    proxy.next(part, { kind: "truncate" });
    const bytes = clip();
    const video = await bob.client.uploadVideo(bytes, inParts);
    await postAndRead(bob, video);
    expect(await storedBytes(bob, video)).toEqual(bytes);
    expect(proxy.pending()).toEqual([]);
    expect(count(await bob.calls(), "uploadPart")).toBe(9);
  });

  test("a finish of which nobody knows whether it happened is asked for again", async () => {
    proxy.next({ nsid: "app.bsky.video.finishUpload" }, { kind: "resetAfter" });
    await bob.client.uploadVideo(clip(), inParts);
    expect(count(await bob.calls(), "finishUpload")).toBe(2);
  });

  test("parts that the service has lost since are sent once more", async () => {
    const { uploads } = world.service;
    let once = true;
    uploads.onFinish = () => {
      if (once) uploads.lose(2, 4);
      once = false;
    };
    const bytes = clip();
    const video = await bob.client.uploadVideo(bytes, inParts);
    expect(count(await bob.calls(), "uploadPart")).toBe(7);
    await postAndRead(bob, video);
    expect(await storedBytes(bob, video)).toEqual(bytes);
  });

  test("a service at capacity is asked again", async () => {
    let busy = 3;
    world.service.uploads.onPart = () => {
      if (busy-- > 0) throw new Refusal(503, "ServiceOverloaded", "draining");
    };
    await bob.client.uploadVideo(clip(), inParts);
    expect(count(await bob.calls(), "uploadPart")).toBe(8);
  });

  test("a part that is never taken ends the upload, and what was kept serves the next", async () => {
    const { uploads } = world.service;
    uploads.onPart = (part) => {
      if (part === 5) throw new Refusal(500, "InternalServerError", "disk full");
    };
    const bytes = clip();
    await expect(bob.client.uploadVideo(bytes, inParts)).rejects.toMatchObject({ name: "UpstreamError" });
    const before = count(await bob.calls(), "uploadPart");
    uploads.onPart = () => undefined;
    await bob.client.uploadVideo(bytes, inParts);
    expect(count(await bob.calls(), "uploadPart") - before).toBe(5 - uploads.received().length + 1);
    expect(count(await bob.calls(), "startUpload")).toBe(1);
  });

  test("an upload given up is given up at the service too", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    world.service.uploads.onPart = (part) => {
      if (part === 3) controller.abort(reason);
    };
    const bytes = clip();
    await expect(bob.client.uploadVideo(bytes, { ...inParts, signal: controller.signal })).rejects.toBe(reason);
    expect(world.service.uploads.state()).toBe("aborted");
    await bob.client.uploadVideo(bytes, inParts);
    expect(count(await bob.calls(), "startUpload")).toBe(2);
  });
});

/** Runs the program until it ends or is killed. */
function start(settings: ProgramSettings) {
  const script = fileURLToPath(new URL("program.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=skylex-source", script], {
    env: { ...process.env, PROGRAM: JSON.stringify(settings) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let written = "";
  let complaints = "";
  child.stdout.on("data", (chunk) => (written += String(chunk)));
  child.stderr.on("data", (chunk) => (complaints += String(chunk)));
  return { child, ended: once(child, "close").then(() => ({ written, complaints })) };
}

describe("after a crash", () => {
  const databases: readonly (readonly [
    string,
    () => Promise<{ readonly url: string; readonly drop: () => Promise<void> }>,
  ])[] = [
    ["SQLite", async () => ({ url: join(folder, "uploads.db"), drop: async () => undefined })],
    ["PostgreSQL", () => createDatabase(network.postgresUrl)],
  ];

  test.each(databases)("a process is killed in the middle, another goes on where it stopped: %s", async (_, make) => {
    const { url: storage, drop } = await make();
    const bytes = clip();
    const path = join(folder, "clip.mp4");
    writeFileSync(path, bytes);
    const { service } = world;
    const settings: ProgramSettings = {
      path,
      options: {
        service: network.pds,
        plcDirectory: network.plc,
        accessToken: alice.account.accessJwt,
        services: { video: { url: service.url, did: service.did } },
        storage,
      },
    };
    // Two parts get through; the others hang until the process is gone.
    service.uploads.onPart = (part) => (part > 2 ? new Promise(() => undefined) : undefined);
    const first = start(settings);
    await until(() => service.uploads.received().length === 2);
    first.child.kill("SIGKILL");
    await first.ended;
    service.uploads.onPart = () => undefined;
    const before = service.arrivals.length;
    const { written, complaints } = await start(settings).ended;
    expect(complaints).toBe("");
    const { blob } = JSON.parse(written) as { blob: { ref: { $link: string }; size: number } };
    expect(blob.size).toBe(bytes.length);
    const since = service.arrivals.slice(before).map(({ nsid }) => nsid.replace("app.bsky.video.", ""));
    expect(since).not.toContain("startUpload");
    expect(since.filter((name) => name === "uploadPart")).toHaveLength(3);
    await drop();
  });

  test("a session that the service has ended meanwhile is replaced by a new one", async () => {
    for (const state of ["expired", "aborted", "failed"] as const) {
      const bytes = clip();
      world.service.uploads.onPart = (part) => {
        if (part === 5) throw new Refusal(500, "InternalServerError", "disk full");
      };
      await expect(alice.client.uploadVideo(bytes, inParts)).rejects.toThrow("disk full");
      world.service.uploads.onPart = () => undefined;
      world.service.uploads.end(state, "cleaned up");
      await alice.client.uploadVideo(bytes, inParts);
    }
    expect(count(await alice.calls(), "startUpload")).toBe(6);
  });
});
