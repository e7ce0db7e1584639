import { afterEach, expect, test, vi } from "vitest";
import { AuthenticationError, type Client } from "../../../src/index.ts";
import { failure, read, setting } from "./session-client.ts";
import { alice, pds } from "./stand-in-server.ts";

afterEach(() => void vi.unstubAllEnvs());

test.each<[string, (world: ReturnType<typeof setting>) => readonly [Client, PromiseLike<unknown>]]>([
  [
    "new Client({ password })",
    (world) => {
      const client = world.client({ password: "wrong-secret" });
      return [client, read(client)];
    },
  ],
  [
    "BSKY_AUTH_PASSWORD",
    (world) => {
      vi.stubEnv("BSKY_AUTH_PASSWORD", "wrong-secret");
      const client = world.client({ password: undefined });
      return [client, read(client)];
    },
  ],
  [
    "client.login()",
    (world) => {
      const client = world.client();
      return [client, client.login(alice.handle, "wrong-secret")];
    },
  ],
])("M6 a wrong password of %s: the error names account, server and app passwords, once", async (from, use) => {
  const [, call] = use(setting());
  const error = (await failure(call)) as AuthenticationError;
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).toMatchObject({ error: "AuthenticationRequired", status: 401 });
  expect(error.message).toContain(`${pds} did not accept ${alice.handle} with the password of ${from}.`);
  expect(error.message).toContain("app password");
  expect(error.message).not.toContain("AuthenticationRequired");
  expect(error.message).not.toContain("wrong-secret");
});
