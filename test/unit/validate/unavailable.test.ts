import { expect, test, vi } from "vitest";
import { testClient } from "../../support/fakes/test-client.ts";

vi.mock("@atproto/lexicon", () => {
  throw new Error("it is not installed");
});

test("without @atproto/lexicon calls are sent unchecked, which is told once", async () => {
  const { client, fetch, lines } = testClient([Response.json({ uri: "", cid: "" })], {
    validate: { output: "throw" },
    service: "https://pds.example",
    accessToken: "token",
  });
  const record = { text: 5 };
  for (let time = 0; time < 2; time++) {
    await client.com.atproto.repo.createRecord({ repo: "a.test", collection: "app.bsky.feed.post", record });
  }
  expect(fetch.requests).toHaveLength(2);
  const told = lines.filter((line) => line.startsWith("error"));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(
    /^error @atproto\/lexicon could not be loaded \(.*\), so nothing is checked before it is sent\./s,
  );
});
