import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { createStorage } from "../../../src/storage/create.ts";
import { ALICE } from "./accounts.ts";

const HOUR = 400;
const SCRIPT = fileURLToPath(new URL("worker.ts", import.meta.url));
const costs = new Map([
  ["createRecord", 3],
  ["putRecord", 2],
  ["deleteRecord", 1],
]);

/** A server that counts the points it is sent. */
async function countingServer(): Promise<{ readonly url: string; readonly points: () => number }> {
  let points = 0;
  const server = createServer((request, response) => {
    points += costs.get(request.url?.split(".").at(-1) ?? "") ?? 0;
    request
      .resume()
      .on("end", () => response.setHeader("content-type", "application/json").end('{"uri":"at://x","cid":"y"}'));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, points: () => points };
}

async function run(database: string, service: string, zone: string): Promise<unknown> {
  const child = spawn(process.execPath, ["--conditions=skylex-source", SCRIPT, database, service, String(HOUR)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TZ: zone },
  });
  let written = "";
  child.stdout.on("data", (chunk) => (written += String(chunk)));
  const [code] = (await once(child, "close")) as [number];
  expect(code).toBe(0);
  return JSON.parse(written);
}

export function processesSuite(name: string, locate: () => Promise<string> | string): void {
  describe(`several processes on one budget in ${name}`, () => {
    test("A10.5 A10.10 four processes in four time zones spend it to the last point, and not one more", async () => {
      const database = await locate();
      const server = await countingServer();
      const zones = ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata", "UTC"];
      const ends = await Promise.all(zones.map((zone) => run(database, server.url, zone)));
      expect(ends).toEqual(zones.map(() => ({ used: HOUR, remaining: 0 })));
      expect(server.points()).toBe(HOUR);
      const storage = createStorage(database, { env: {} });
      onTestFinished(() => storage.close());
      const rows = await storage.calls.query({ did: ALICE, limit: 10_000 });
      expect(rows.reduce((sum, row) => sum + row.writeOpPointsConsumed, 0)).toBe(HOUR);
    });
  });
}
