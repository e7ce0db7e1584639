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

/** Runs a bundle with what browsers have, and nothing of Node. */
async function run(code: string): Promise<{ readonly said: unknown[]; readonly asked: unknown[] }> {
  const said: unknown[] = [];
  const asked: unknown[] = [];
  const answer = (url: string, { method, body }: RequestInit): Promise<Response> => {
    asked.push([method, url.replace("https://pds.example/xrpc/", ""), body]);
    const followers = [{ did: "did:web:carol.example", handle: "carol.example" }];
    const cursor = url.includes("cursor=") ? undefined : "next";
    return Promise.resolve(Response.json({ displayName: "Example", followers, cursor }));
  };
  const web = { fetch: answer, setTimeout, clearTimeout, performance, AbortController, ReadableStream, TextDecoder };
  const context = createContext({ ...web, TextEncoder, console: { log: (text: unknown) => said.push(text) } });
  await runInContext(`(async () => {${code}})()`, context);
  return { said, asked };
}

const getProfile = ["GET", "app.bsky.actor.getProfile?actor=bsky.app", undefined];

test("the core with one call is at most 5,500 bytes in a bundle, compressed, and makes its call in browsers", async () => {
  const code = await bundle(join(import.meta.dirname, "one-call.ts"));
  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(5500);
  expect(await run(code)).toEqual({ said: ["Example"], asked: [getProfile] });
});

test("with lists and procedures it is at most 8,200 bytes", async () => {
  const code = await bundle(join(import.meta.dirname, "three-calls.ts"));
  expect(gzipSync(code, { level: 9 }).length).toBeLessThanOrEqual(8200);
  expect(await run(code)).toEqual({
    said: ["Example", "carol.example", "carol.example"],
    asked: [
      getProfile,
      ["GET", "app.bsky.graph.getFollowers?actor=bsky.app", undefined],
      ["GET", "app.bsky.graph.getFollowers?actor=bsky.app&cursor=next", undefined],
      ["POST", "app.bsky.graph.muteActor", '{"actor":"bsky.app"}'],
    ],
  });
});
