import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Account } from "../../support/servers/accounts.ts";
import { kinds, openWorld, type World } from "./world.ts";

describe.each(kinds)("on %s", (kind) => {
  let world: World;
  let alice: Account;
  beforeAll(async () => {
    world = await openWorld(kind);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    alice = await world.join();
  });

  test("G15 a string that is imported at each start does not undo a refresh", async () => {
    await world.store(alice);
    const { accessJwt, refreshJwt, did, handle } = alice;
    // What another library exported once: handle, DID and tokens.
    const text = [handle, did, accessJwt, refreshJwt, world.proxy.url].join(":::");
    const first = world.client(undefined);
    await first.session.import(text);
    await world.store(alice);
    const running = world.client(alice, { password: undefined });
    await running.com.atproto.server.getSession();
    const refreshed = await world.storage.sessions.find(world.proxy.url, did);
    expect(refreshed).toMatchObject({ createMethod: "refresh" });
    expect(refreshed?.refreshJwt).not.toBe(refreshJwt);
    for (let start = 0; start < 2; start++) {
      const restarted = world.client(undefined);
      expect(await restarted.session.import(text)).toMatchObject({ did });
      expect((await restarted.com.atproto.server.getSession()).did).toBe(did);
      expect(await world.storage.sessions.find(world.proxy.url, did)).toEqual(refreshed);
    }
  });
});
