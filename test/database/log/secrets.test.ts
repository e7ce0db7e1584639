import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { testClient } from "../../support/fakes/test-client.ts";

const jwt = (name: string): string => `eyJhbGciOiJFUzI1NksifQ.${Buffer.from(name).toString("base64url")}.c2lnbmF0dXJl`;
const secrets = {
  password: 'correct horse "battery" staple',
  appPassword: "abcd-2efg-hij3-klmn",
  factor: "FACTOR-77",
  emailCode: "K3XYZ-77QQQ",
  accessToken: jwt("access token"),
  serviceToken: jwt("service token"),
  header: jwt("header token"),
};

/** What a server might do that repeats everything it is sent. */
const echo = (status: number) => (request: { body: unknown; url: URL; headers: Readonly<Record<string, string>> }) => {
  const said = `${String(request.body)} ${request.url.href} ${request.headers["authorization"] ?? ""} ${secrets.serviceToken}`;
  return Response.json({ error: "Echo", message: said, token: secrets.serviceToken, said }, { status });
};

async function talk(): Promise<{ readonly file: string; readonly heard: string }> {
  const folder = mkdtempSync(join(tmpdir(), "skylex-secrets-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { client, lines } = testClient([echo(400), echo(400), echo(400), echo(400), echo(200)], {
    storage: join(folder, "log.db"),
    service: "https://pds.example",
    accessToken: secrets.accessToken,
    logLevel: "debug",
    retry: false,
  });
  const { server } = client.com.atproto;
  const calls = [
    server.createSession({ identifier: "a.test", password: secrets.password, authFactorToken: secrets.factor }),
    server.createSession({ identifier: "a.test", password: secrets.appPassword }),
    server.confirmEmail({ email: "a@b.example", token: secrets.emailCode }),
    client.get("com.example.get", { token: secrets.serviceToken, note: `Bearer ${secrets.serviceToken}` }),
    client.post(
      "com.example.do",
      { deep: [{ note: secrets.accessToken }] },
      {
        headers: { authorization: `Bearer ${secrets.header}` },
      },
    ),
  ];
  const outcomes = await Promise.all(
    calls.map((call) =>
      Promise.resolve(call).then(
        () => "worked",
        (error: unknown) => inspect(error, { depth: 9 }),
      ),
    ),
  );
  await client.close();
  const file = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("");
  return { file, heard: [...outcomes, ...lines].join("\n") };
}

test("A7.8 no password, token or code in the files of the database, in lines or in errors, though the server repeats them", async () => {
  const { file, heard } = await talk();
  expect(file).toContain("com.atproto.server.createSession");
  expect(file).toContain("a.test");
  expect(heard).toContain("Echo");
  for (const secret of Object.values(secrets)) {
    expect(file).not.toContain(secret);
    expect(heard).not.toContain(secret);
  }
  expect(`${file}${heard}`).not.toMatch(/eyJ|battery|2efg/);
});

test("A7.8 a header that cannot be sent, and is quoted by the platform's own error, is in no error and no row", async () => {
  const cause = new TypeError(`Headers.append: "Bearer ${secrets.header}" is an invalid header value.`);
  const { client, lines } = testClient([Object.assign(new TypeError("fetch failed"), { cause })], { retry: false });
  const headers = { authorization: `Bearer ${secrets.header}` };
  const outcome = await client.get("com.example.get", {}, { headers }).result();
  const rows = await client.log.query();
  expect(rows[0]?.exceptionText).toContain("[redacted]");
  expect(inspect([outcome, lines, rows], { depth: 9 })).not.toContain("eyJ");
});

test("A7.8 params are left out altogether when asked for", async () => {
  const { client } = testClient([Response.json({ uri: "at://x", cid: "b" })], {
    service: "https://pds.example",
    accessToken: secrets.accessToken,
    log: { params: false },
  });
  await client.app.bsky.actor.getProfile({ actor: "a.test" });
  await client.com.atproto.repo.createRecord({ repo: "a", collection: "a.b.c", record: {} });
  const rows = await client.log.query();
  expect(rows.map((row) => [row.params, row.state])).toEqual([
    [null, "done"],
    [null, "done"],
  ]);
});
