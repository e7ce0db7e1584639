import { expect, test } from "vitest";
import { Client, InvalidResponseError, NetworkError, XrpcError } from "../../../src/index.ts";
import { fakeRefusal, fakeServer } from "../../../src/testing/index.ts";

const did = `did:plc:${"b".repeat(24)}`;

test("answers with data, bytes, what a function makes of the call, and keeps what arrived", async () => {
  const server = fakeServer(
    {
      "com.example.list": ({ params }) => ({ asked: params }),
      "com.atproto.sync.getBlob": new Uint8Array([1, 2]),
      "com.atproto.repo.deleteRecord": {},
    },
    did,
  );
  const client = new Client(server.options);
  expect(await client.get("com.example.list", { tags: ["a", "b"], limit: 3 })).toEqual({
    asked: { tags: ["a", "b"], limit: "3" },
  });
  expect(await client.com.atproto.sync.getBlob({ did, cid: "bafkrei" }, { service: "https://other.test" })).toEqual(
    new Uint8Array([1, 2]),
  );
  await client.com.atproto.repo.deleteRecord({ repo: did, collection: "com.example.note", rkey: "x" });
  expect(await client.did()).toBe(did);
  expect(server.calls.map(({ nsid, input }) => [nsid, input])).toEqual([
    ["com.example.list", undefined],
    ["com.atproto.sync.getBlob", undefined],
    ["com.atproto.repo.deleteRecord", { repo: did, collection: "com.example.note", rkey: "x" }],
  ]);
  expect(server.calls[2]?.headers["authorization"]).toMatch(/^Bearer /);
});

test("refuses as it is told, and what it knows nothing of", async () => {
  const server = fakeServer({ "com.example.no": fakeRefusal(400, "NotThere"), "com.example.cut": new Error("cut") });
  const client = new Client(server.options);
  await expect(client.get("com.example.no")).rejects.toMatchObject({ status: 400, error: "NotThere" });
  await expect(client.get("com.example.no")).rejects.toBeInstanceOf(XrpcError);
  await expect(client.get("com.example.cut")).rejects.toBeInstanceOf(NetworkError);
  await expect(client.get("com.example.other")).rejects.toMatchObject({
    error: "MethodNotImplemented",
    message: expect.stringContaining("This fake server has no com.example.other."),
  });
});

test("answers that no server gives fail the call, unless that is turned off", async () => {
  const server = fakeServer({ "app.bsky.actor.getProfile": { handle: "alice.test" } });
  const ask = (options: object) =>
    new Client({ ...server.options, ...options }).app.bsky.actor.getProfile({ actor: "alice.test" });
  await expect(ask({})).rejects.toBeInstanceOf(InvalidResponseError);
  await expect(ask({ validate: false })).resolves.toEqual({ handle: "alice.test" });
});
