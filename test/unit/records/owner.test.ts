import { expect, test } from "vitest";
import { ValidationError } from "../../../src/index.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const ME = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER = "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb";
const accessToken = `x.${Buffer.from(JSON.stringify({ sub: ME })).toString("base64url")}.x`;
const THING = "com.example.thing";

/** A client whose server knows two handles, and takes every write. */
function world() {
  const dids: Readonly<Record<string, string>> = { "me.test": ME, "other.test": OTHER };
  const given = testClient(
    [
      ({ url }) => {
        if (!url.pathname.endsWith("resolveHandle"))
          return Response.json({ uri: `at://${ME}/${THING}/a`, cid: "bafy" });
        const did = dids[url.searchParams.get("handle") ?? ""];
        return did === undefined
          ? Response.json({ error: "HandleNotFound", message: "Unable to resolve handle" }, { status: 400 })
          : Response.json({ did });
      },
    ],
    { service: "https://pds.example", accessToken, budget: false },
  );
  const writes = (): number => given.fetch.requests.filter(({ method }) => method === "POST").length;
  return { ...given, writes };
}

const refusedBy = async (call: PromiseLike<unknown>): Promise<string> => {
  const error = await Promise.resolve(call).then(undefined, (why: unknown) => why);
  expect(error).toBeInstanceOf(ValidationError);
  return (error as Error).message;
};

test("B26 a record of another account is refused by its handle as by its DID, and nothing is written", async () => {
  const { client, writes } = world();
  for (const repo of ["other.test", OTHER]) {
    const uri = `at://${repo}/${THING}/a`;
    expect(await refusedBy(client.records.put(THING, uri, { a: 1 }))).toContain(`this client writes as ${ME}`);
    expect(await refusedBy(client.records.delete(THING, uri))).toContain(`this client writes as ${ME}`);
    expect(await refusedBy(client.batch((b) => [b.delete(THING, uri)]))).toContain("is in another repository");
  }
  expect(writes()).toBe(0);
});

test("B26 the account's own handle names its own repository, in a batch too", async () => {
  const { client, writes } = world();
  const uri = `at://me.test/${THING}/a`;
  await client.records.put(THING, uri, { a: 1 });
  const [deleted] = await client.batch((b) => [b.delete(THING, uri)]);
  expect(deleted).toEqual({ uri: `at://${ME}/${THING}/a` });
  expect(writes()).toBe(2);
});

test("B26 a handle that belongs to nobody is refused in a batch", async () => {
  const { client, writes } = world();
  expect(await refusedBy(client.batch((b) => [b.delete(THING, `at://nobody.test/${THING}/a`)]))).toContain(
    "is in another repository",
  );
  expect(writes()).toBe(0);
});
