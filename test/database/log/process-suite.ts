import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { Client } from "../../../src/client/client.ts";
import { createStorage } from "../../../src/storage/create.ts";
import type { CallRow } from "../../../src/storage/ports/index.ts";

const script = fileURLToPath(new URL("worker.ts", import.meta.url));
const args = (...rest: readonly string[]): string[] => ["--conditions=skylex-source", script, ...rest];

/** A server that never answers by itself: tells about each request, and lets the test answer. */
async function startServer(onRequest: (answer: () => void) => void): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on("end", () =>
      onRequest(() => {
        response.setHeader("content-type", "application/json");
        response.end('{"uri":"at://did:plc:a/a.b.c/1","cid":"bafy"}');
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const rowsOf = async (database: string): Promise<readonly CallRow[]> => {
  const storage = createStorage(database, { env: {} });
  try {
    return await storage.calls.query();
  } finally {
    await storage.close();
  }
};

/** What real processes leave in a real database. `locate` gives an empty one for each test. */
export function processSuite(name: string, locate: () => Promise<string> | string): void {
  describe(`the call log in ${name}, and the end of a process`, () => {
    test.each([
      ["A7.14 a process that ends without closing loses no row", "forget", 0, 3],
      ["A7.14 process.exit() before the database was opened loses no row", "exit", 0, 3],
      ["A7.14 process.exit() with rows that wait loses no row", "exitLater", 0, 6],
      ["A7.14 an error nobody catches loses no row", "throws", 1, 6],
    ])("%s", async (_, task, code, count) => {
      const database = await locate();
      const { status, stderr } = spawnSync(process.execPath, args(task, database), { encoding: "utf8" });
      expect({ status, stderr: code === 0 ? stderr : "" }).toEqual({ status: code, stderr: "" });
      const rows = await rowsOf(database);
      expect(rows).toHaveLength(count);
      expect(new Set(rows.map((row) => row.callId)).size).toBe(count);
    });

    test("a process killed while it sends a write leaves a row that says so", async () => {
      const database = await locate();
      let child: ChildProcess | undefined;
      const url = await startServer(() => child?.kill("SIGKILL"));
      child = spawn(process.execPath, args("write", database, url), { stdio: "inherit" });
      await once(child, "exit");
      expect(await rowsOf(database)).toMatchObject([
        {
          state: "reserved",
          endpoint: "xrpc/com.atproto.repo.createRecord",
          writeOpPointsConsumed: 3,
          httpStatusCode: null,
          service: url,
        },
      ]);
    });

    test("D9 a process that closes its client when it is told to end loses no row", async () => {
      const database = await locate();
      const child = spawn(process.execPath, args("handlesSignal", database), { stdio: ["ignore", "pipe", "inherit"] });
      await once(child.stdout, "data");
      child.kill("SIGTERM");
      expect(await once(child, "exit")).toEqual([0, null]);
      expect(await rowsOf(database)).toHaveLength(3);
    });

    test("A7.12 a write's row is in the database when the server sees the request", async () => {
      const database = await locate();
      const seen: (readonly CallRow[])[] = [];
      const url = await startServer(async (answer) => {
        seen.push(await rowsOf(database));
        answer();
      });
      await using client = new Client({ storage: database, service: url, accessToken: "token" });
      await client.com.atproto.repo.createRecord({ repo: "did:plc:a", collection: "a.b.c", record: {} });
      expect(seen).toMatchObject([[{ state: "reserved", writeOpPointsConsumed: 3 }]]);
      expect(await client.log.query()).toMatchObject([{ state: "done", httpStatusCode: 200, attempts: 1 }]);
    });
  });
}
