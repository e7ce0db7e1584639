import { beforeAll, expect, inject, test } from "vitest";
import { signUp, type Account } from "../../support/servers/accounts.ts";
import { forgeAccessToken, forgeExpiredRefreshToken } from "../../support/servers/tokens.ts";
import { xrpc } from "../../support/servers/xrpc.ts";

const { pds, pdsDid } = inject("network");
let account: Account;
beforeAll(async () => {
  account = await signUp(pds);
});

const getSession = (token: string) => xrpc(pds, "com.atproto.server.getSession", { token });

test("a forged expired access token is answered like a real one", async () => {
  const { status, json } = await getSession(forgeAccessToken({ did: account.did, pdsDid }));
  expect({ status, json }).toEqual({ status: 400, json: { error: "ExpiredToken", message: "Token has expired" } });
});

test("a forged access token that has not expired is accepted", async () => {
  const { status, json } = await getSession(forgeAccessToken({ did: account.did, pdsDid }, 60));
  expect(status).toBe(200);
  expect(json).toMatchObject({ did: account.did });
});

test("a forged expired refresh token is answered like a real one", async () => {
  const token = forgeExpiredRefreshToken({ did: account.did, pdsDid });
  const { status, json } = await xrpc(pds, "com.atproto.server.refreshSession", { token, method: "POST" });
  expect({ status, json }).toEqual({ status: 400, json: { error: "ExpiredToken", message: "Token has expired" } });
});

test("the tokens of signUp are real", async () => {
  expect((await getSession(account.accessJwt)).status).toBe(200);
  const refreshed = await xrpc(pds, "com.atproto.server.refreshSession", { token: account.refreshJwt, method: "POST" });
  expect(refreshed.json).toMatchObject({ did: account.did, handle: account.handle });
});
