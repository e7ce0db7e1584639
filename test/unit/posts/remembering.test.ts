import { expect, test } from "vitest";
import type { CallRequest, CallResult } from "../../../src/core/pipeline.ts";
import { rememberPosts } from "../../../src/middleware/remember-posts.ts";
import { FakeClock } from "../../support/fakes/fake-clock.ts";

const answer = { data: { uri: "at://did:plc:a/app.bsky.feed.post/a", cid: "bafy" } } as unknown as CallResult;
const request = {
  definition: { nsid: "com.atproto.repo.createRecord" },
  input: { repo: "did:plc:a", collection: "app.bsky.feed.post", record: {} },
  trace: {},
} as unknown as CallRequest;

function layer(save: () => Promise<void>) {
  const lines: string[] = [];
  const warn = (line: string): void => void lines.push(line);
  const clock = new FakeClock();
  const logger = { debug: warn, info: warn, warn, error: warn };
  const memory = { written: () => ({}) as never, posts: { save, markDeleted: save } };
  return { lines, clock, send: rememberPosts(memory, logger, clock)(() => Promise.resolve(answer)) };
}

test("D1 a post that was sent resolves although storage never answers", async () => {
  const { send, clock } = layer(() => new Promise(() => undefined));
  const sent = send(request);
  // Lets the layer come to where it waits.
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  await clock.pass(2000);
  expect(await sent).toBe(answer);
});

test("D5 posts that cannot be remembered are one warning, and a count once they are again", async () => {
  let fails = true;
  const { send, lines } = layer(() => (fails ? Promise.reject(new Error("away")) : Promise.resolve()));
  for (let count = 0; count < 3; count++) await send(request);
  expect(lines).toEqual([expect.stringContaining("away")]);
  fails = false;
  await send(request);
  await send(request);
  expect(lines.slice(1)).toEqual(["Posts are remembered again; 3 could not be."]);
});
