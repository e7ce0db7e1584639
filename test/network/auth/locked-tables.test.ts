import { afterAll, beforeAll, expect, test } from "vitest";
import { lockTable } from "../../support/servers/postgres.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld("postgresql");
  await world.storage.open();
});
afterAll(() => world.close());

test.each(["bsky_session", "skylex_lease"])(
  "D1 while %s is locked elsewhere, an expired session is refreshed, goes on from memory and is stored in the end",
  async (table) => {
    const alice = await world.join();
    await world.store(alice, { accessJwt: alice.accessJwt });
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const logger = { debug: write, info: write, warn: write, error: write };
    const client = world.client(alice, { password: undefined, retry: false, logger, logLevel: "warn" });
    await client.com.atproto.server.getSession();
    const unlock = await lockTable(world.database, table);
    world.proxy.next({ nsid: "getSession" }, { kind: "status", status: 400, error: "ExpiredToken" });
    for (let count = 0; count < 2; count++) {
      expect((await client.com.atproto.server.getSession()).did).toBe(alice.did);
    }
    expect(lines.filter((line) => line.includes("they go on in memory"))).toHaveLength(1);
    await unlock();
    await client.close();
    const stored = await world.storage.sessions.find(world.proxy.url, alice.did);
    expect(stored).toMatchObject({ createMethod: "refresh" });
    expect(stored?.refreshJwt).not.toBe(alice.refreshJwt);
  },
);
