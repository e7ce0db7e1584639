import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Client } from "../../../src/index.ts";
import { createStorage } from "../../../src/storage/create.ts";
import { type Account, signUp } from "../../support/servers/accounts.ts";
import { forgeAccessToken, forgeExpiredRefreshToken } from "../../support/servers/tokens.ts";
import { Shell } from "../../unit/cli/skylex.ts";

const { pds, pdsDid } = inject("network");
const shell = new Shell();
let alice: Account;

/** Leaves a session in the database whose tokens the server does not take any more. */
async function store(): Promise<void> {
  const storage = createStorage(join(shell.folder, "cli.db"), { env: {} });
  const { did, handle } = alice;
  const of = { did, pdsDid, secret: "the secret before" };
  const tokens = { accessJwt: forgeAccessToken(of, 3600), refreshJwt: forgeExpiredRefreshToken(of, 3600) };
  const row = { service: pds, did, handle, identifier: did, pdsServiceEndpoint: pds, ...tokens };
  await storage.sessions.save({ ...row, createMethod: "create" });
  await storage.close();
}

beforeAll(async () => {
  alice = await signUp(pds);
});
afterAll(() => shell.remove());

describe("a stored session that the server does not take any more", () => {
  test("T4 is not called logged in by a login, which makes another", async () => {
    await store();
    const login = ["login", alice.handle, "--service", pds, "--password-stdin"];
    expect((await shell.run(login, { input: alice.password })).stdout).toContain("is logged in at");
    expect((await shell.run(login)).stdout).toContain("is logged in already");
  });

  test.each([[["timeline"]], [["doctor", "--service", pds]]])("T4 %j says what helps, and it does", async (command) => {
    await store();
    const refused = await shell.run(command);
    expect(refused.code).toBe(1);
    expect(refused.stdout + refused.stderr).toMatch(
      /is over: .*\n +?Log in again: skylex login|\nLog in again: skylex login/,
    );
    const login = ["login", alice.handle, "--service", pds, "--password-stdin"];
    const again = await shell.run(login, { input: `${alice.password}\n` });
    expect(again.stdout).toContain("is logged in at");
    expect(await shell.print("doctor", "--service", pds)).toContain(`✓ session   ${alice.handle}`);
  });

  test("L15 what an app password may not do, and what helps", async () => {
    const create = ["call", "com.atproto.server.createAppPassword", "--data", "@-", "--json"];
    const at = { service: pds, identifier: alice.did, password: alice.password, storage: false } as const;
    const { password } = await new Client(at).com.atproto.server.createAppPassword({ name: "bot" });
    const own = new Shell();
    await own.run(["login", alice.did, "--service", pds, "--password-stdin"], { input: password });
    const refused = await own.run(create, { input: '{"name":"another"}' });
    own.remove();
    expect(refused.stderr).toMatch(/^InsufficientScopeError: .*InvalidToken: /);
    expect(refused.stderr).toContain("\nLog in with a password that may: skylex login --fresh.\n");
  });
});

test("G21 a session that was stored with another key: what helps is said, and does", async () => {
  const own = new Shell();
  const login = ["login", alice.did, "--service", pds, "--password-stdin"];
  const [first, second] = [{ BSKY_SESSION_KEY: "the first key" }, { BSKY_SESSION_KEY: "the second key" }];
  await own.run(login, { input: alice.password, env: first });
  const refused = await own.run(["timeline"], { env: second });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    "skylex login --fresh stores another session in its place, skylex logout deletes it",
  );
  const again = await own.run(login, { input: alice.password, env: second });
  expect(again.stdout).toContain("is logged in at");
  expect((await own.run(["timeline"], { env: second })).code).toBe(0);
  expect((await own.run(["logout"], { env: first })).stdout).toContain("is logged out");
  expect((await own.run(["accounts", "--all"], { env: first })).stdout).toContain("Nobody is logged in");
  own.remove();
});
