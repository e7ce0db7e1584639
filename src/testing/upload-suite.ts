import type { UploadKey, UploadSession } from "../storage/ports/index.ts";
import type { TestRunner } from "./runner.ts";
import { ALICE, BOB, START } from "./storage-fixture.ts";
import type { WithStorage } from "./storage-fixture.ts";
const KEY: UploadKey = { did: ALICE, contentHash: "ab".repeat(32), size: 299_999_999 };
const SESSION: UploadSession = { jobId: "job-1", partSize: 8_388_608, partCount: 36, expiresAt: START + 60_000 };

export function uploadSuite({ describe, test, expect }: TestRunner, withStorage: WithStorage): void {
  describe("uploads", () => {
    test(
      "every column comes back; a new session takes the place of the old one",
      withStorage(async ({ storage: { uploads }, clock }) => {
        expect(await uploads.get(KEY)).toBeUndefined();
        await uploads.save(KEY, SESSION);
        const first = await uploads.get(KEY);
        expect(first).toEqual({ id: first?.id, ...KEY, ...SESSION, createdAt: START, updatedAt: START });
        clock.now += 5;
        const next = { jobId: "job-2", partSize: 5_000_000_000, partCount: 1, expiresAt: START + 90_000 };
        await uploads.save(KEY, next);
        expect(await uploads.get(KEY)).toEqual({ ...first, ...next, updatedAt: START + 5 });
      }),
    );

    test(
      "accounts, contents and sizes are kept apart",
      withStorage(async ({ storage: { uploads } }) => {
        const others = [KEY, { ...KEY, did: BOB }, { ...KEY, contentHash: "cd".repeat(32) }, { ...KEY, size: 1 }];
        for (const [index, key] of others.entries()) await uploads.save(key, { ...SESSION, jobId: `job-${index}` });
        for (const [index, key] of others.entries()) expect((await uploads.get(key))?.jobId).toBe(`job-${index}`);
      }),
    );

    test(
      "a session that the service has forgotten is none, and goes with the next one",
      withStorage(async ({ storage: { uploads }, clock }) => {
        await uploads.save(KEY, SESSION);
        clock.now = SESSION.expiresAt - 1;
        expect((await uploads.get(KEY))?.jobId).toBe("job-1");
        clock.now = SESSION.expiresAt;
        expect(await uploads.get(KEY)).toBeUndefined();
        await uploads.save({ ...KEY, did: BOB }, { ...SESSION, expiresAt: clock.now + 1 });
        expect(await uploads.delete(KEY, "job-1")).toBe(false);
      }),
    );

    test(
      "is deleted by the one whose job it is",
      withStorage(async ({ storage: { uploads } }) => {
        await uploads.save(KEY, SESSION);
        expect(await uploads.delete(KEY, "job-0")).toBe(false);
        expect((await uploads.get(KEY))?.jobId).toBe("job-1");
        expect(await uploads.delete(KEY, "job-1")).toBe(true);
        expect(await uploads.get(KEY)).toBeUndefined();
      }),
    );
  });
}
