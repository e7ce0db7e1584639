import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

/** What a page loads at once of a program that was bundled for browsers. What is imported on demand stays apart. */
async function bundle(input: string): Promise<string> {
  const resolve = { conditionNames: ["skylex-source", "import"] };
  const build = await rolldown({ input, resolve, platform: "browser", transform: { target: "es2022" } });
  const { output } = await build.generate({ format: "esm", minify: true });
  const [entry] = output;
  expect(entry.imports).toEqual([]);
  return entry.code;
}

const code = await bundle(join(import.meta.dirname, "one-call.ts"));

test("the core with one call is at most 8,000 bytes in a bundle, compressed", () => {
  const bytes = gzipSync(code, { level: 9 }).length;
  expect(bytes).toBeGreaterThan(4000);
  expect(bytes).toBeLessThanOrEqual(8000);
});

test("the bundle makes its call with what browsers have, and nothing of Node", async () => {
  const said: unknown[] = [];
  const asked: unknown[] = [];
  const answer = (url: unknown): Promise<Response> => {
    asked.push(url);
    return Promise.resolve(
      Response.json({ did: "did:web:example.com", handle: "example.com", displayName: "Example" }),
    );
  };
  const web = { fetch: answer, setTimeout, clearTimeout, performance, AbortController, ReadableStream, TextDecoder };
  const context = createContext({ ...web, TextEncoder, console: { log: (text: unknown) => said.push(text) } });
  await runInContext(`(async () => {${code}})()`, context);
  expect(said).toEqual(["Example"]);
  expect(asked).toEqual(["https://pds.example/xrpc/app.bsky.actor.getProfile?actor=bsky.app"]);
});
