import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { Client } from "../../../src/client/client.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";

const EVENT_BYTES = 10_000;
const MB = 1_000_000;
/** What lies between the two: the high-water mark of a stream, and what the sockets of both sides hold. */
const BETWEEN = 20 * MB;

it("a slow consumer slows the server down, and holds no more than the high-water mark", async () => {
  const program = fileURLToPath(new URL("flood.ts", import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  let sent = 0;
  const url = await new Promise<string>((resolve) => {
    createInterface(child.stdout).on("line", (line) => {
      const [word, value = ""] = line.split(" ");
      if (word === "url") resolve(value);
      else sent = Number(value);
    });
  });
  const client = new Client({ storage: new MemoryStorage(), logLevel: "silent" });
  const read = async (count: number, wait: number): Promise<void> => {
    let seen = 0;
    for await (const _ of client.com.atproto.sync.subscribeRepos({}, { service: url })) {
      if (wait > 0) await sleep(wait);
      if (++seen === count) return;
    }
  };
  try {
    // Without a pause this server sends hundreds of megabytes in the time the slow consumer takes.
    await read(10_000, 0);
    expect(sent).toBeGreaterThan(10_000 * EVENT_BYTES - BETWEEN);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    sent = 0;
    await read(300, 5);
    expect(sent).toBeLessThan(300 * EVENT_BYTES + BETWEEN);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MB);
  } finally {
    child.kill();
    await client.close();
  }
});
