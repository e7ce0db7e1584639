import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const SCRIPT = fileURLToPath(new URL("reader.ts", import.meta.url));
const RECORDS = 10_000;
const PAGE = 100;
/** Digits of a record's number, and the end of its line */
const LINE = 6;

/** A repository of so many records, numbered in the order of their keys; answers like the PDS. */
async function startRepository(): Promise<string> {
  const server = createServer((request, response) => {
    const { searchParams: params } = new URL(request.url ?? "", "http://localhost");
    const step = params.get("reverse") === "true" ? 1 : -1;
    const cursor = params.get("cursor");
    const start = cursor === null ? (step === 1 ? 0 : RECORDS - 1) : Number(cursor) + step;
    const numbers = Array.from({ length: PAGE }, (_, index) => start + index * step).filter(
      (at) => at >= 0 && at < RECORDS,
    );
    const keys = numbers.map((at) => String(at).padStart(LINE - 1, "0"));
    const records = keys.map((key) => ({ uri: `at://did:plc:reader/app.bsky.feed.post/${key}`, cid: key, value: {} }));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ records, ...(keys.length > 0 && { cursor: keys.at(-1) }) }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Reader {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly ready: Promise<unknown>;
}

function startReader(...args: readonly string[]): Reader {
  const child = spawn(process.execPath, ["--conditions=skylex-source", SCRIPT, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { child, ended: once(child, "exit"), ready: once(child.stdout, "data") };
}

/** Kills readers of one list so often, each after it has delivered something, and then lets one come to the end. */
export function killSuite(
  kind: string,
  order: "forward" | "untilKnown",
  kills: number,
  locate: () => string | Promise<string>,
): void {
  test(`A8.3 A8.17 kill -9 in the middle of ${RECORDS} records ${kills} times, ${order}, on ${kind}: all are delivered, twice at most those of the page in hand`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "skylex-kill-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "delivered");
    closeSync(openSync(file, "w"));
    const delivered = (): number => Math.floor(statSync(file).size / LINE);
    const args = [await startRepository(), await locate(), file, order];
    // The next one loads its code while the one before is at work.
    let next = startReader(...args);
    /** Lines in the file when each reader began */
    const begins: number[] = [];
    for (let run = 0; run <= kills; run++) {
      const { child, ended, ready } = next;
      await ready;
      if (run < kills) next = startReader(...args);
      const begin = delivered();
      begins.push(begin);
      child.stdin?.write("go\n");
      if (run < kills) {
        // Anywhere in a page, also at its very end; a different place each time.
        const share = Math.floor((RECORDS / (kills + 1)) * 0.9);
        const wanted = begin + 1 + ((run * 37) % share) + Math.floor(share / 4);
        while (delivered() < wanted && child.exitCode === null) await sleep(1);
        child.kill("SIGKILL");
      }
      await ended;
    }
    const numbers = readFileSync(file, "utf8").trimEnd().split("\n").map(Number);
    const step = order === "forward" ? 1 : -1;
    expect(new Set(numbers).size).toBe(RECORDS);
    const runs = begins.map((begin, index) => numbers.slice(begin, begins[index + 1])).filter((run) => run.length > 0);
    expect(runs.length).toBe(kills + 1);
    for (const [index, run] of runs.entries()) {
      // Each run is without gaps, and begins at the page the one before was in, or right behind it.
      expect(run.every((at, place) => place === 0 || at === (run[place - 1] ?? 0) + step)).toBe(true);
      const before = runs[index - 1]?.at(-1);
      if (before === undefined) continue;
      const again = (before - (run[0] ?? 0)) * step + 1;
      expect(again).toBeGreaterThanOrEqual(0);
      expect(again).toBeLessThanOrEqual(PAGE);
    }
  }, 240_000);
}
