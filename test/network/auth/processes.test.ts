import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Account } from "../../support/servers/accounts.ts";
import { startProgram, type Program } from "./programs.ts";
import { kinds, openWorld, type World } from "./world.ts";

describe.each(kinds)("processes on one %s database", (kind) => {
  let world: World;
  let alice: Account;
  beforeAll(async () => {
    world = await openWorld(kind);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    alice = await world.join();
    world.proxy.log.length = 0;
  });

  const start = (password?: string): Promise<Program> =>
    startProgram(
      { service: world.proxy.url, plcDirectory: world.directory, database: world.database },
      { identifier: alice.handle, password },
    );

  test("A4.1 a program that is run three times logs in once", async () => {
    for (let run = 0; run < 3; run++) {
      const program = await start(alice.password);
      expect(await program.go()).toBe(alice.did);
    }
    expect([world.count("createSession"), world.count("getSession")]).toEqual([1, 3]);
  });

  test("two that start at the same time log in once", async () => {
    const programs = await Promise.all([start(alice.password), start(alice.password)]);
    expect(await Promise.all(programs.map((program) => program.go()))).toEqual([alice.did, alice.did]);
    expect(world.count("createSession")).toBe(1);
  });

  test("A4.7 of two that hold an expired token, one refreshes and the other takes its session", async () => {
    await world.store(alice);
    world.proxy.next({ nsid: "refreshSession" }, { kind: "delayAfter", ms: 300 });
    const programs = await Promise.all([start(), start()]);
    expect(await Promise.all(programs.map((program) => program.go()))).toEqual([alice.did, alice.did]);
    expect([world.count("refreshSession"), world.count("getSession")]).toEqual([1, 2]);
  });

  test("one that is killed in the middle of a refresh holds up the other, no more", async () => {
    await world.store(alice);
    world.proxy.next({ nsid: "refreshSession" }, { kind: "hang" });
    const [victim, heir] = await Promise.all([start(), start()]);
    const going = victim.go().then(undefined, () => "killed");
    await expect.poll(() => world.count("refreshSession"), { timeout: 10_000 }).toBe(1);
    const ended = once(victim.child, "close");
    victim.child.kill("SIGKILL");
    await ended;
    expect(await going).toBe("killed");
    expect(await heir.go()).toBe(alice.did);
    expect(world.count("refreshSession")).toBe(2);
  });
});
