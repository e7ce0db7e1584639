import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, inject, it } from "vitest";
import { Client } from "../../../src/index.ts";
import { until } from "../../support/servers/accounts.ts";
import type { ConsumerSettings } from "./consumer.ts";
import { newWriter } from "./world.ts";

const KILLS = 20;
const RECORDS = 400;

it(
  `killed ${KILLS} times while it follows: every sequence number is seen, none out of order`,
  { timeout: 120_000 },
  async () => {
    const { pds } = inject("network");
    const folder = mkdtempSync(join(tmpdir(), "skylex-stream-"));
    const file = join(folder, "seen");
    const settings: ConsumerSettings = { service: pds, database: join(folder, "s.db"), file };
    const lines = (): string[] => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
    const writer = await newWriter();
    const runs: number[] = [];

    const follow = async (before: number): Promise<void> => {
      const child = spawn(
        process.execPath,
        ["--conditions=skylex-source", fileURLToPath(new URL("consumer.ts", import.meta.url))],
        {
          env: { ...process.env, PROGRAM: JSON.stringify(settings) },
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      await until(() => lines().length > before, { timeoutMs: 30_000, everyMs: 5 });
      await sleep(Math.random() * 60);
      child.kill("SIGKILL");
      await once(child, "close");
      runs.push(lines().length);
    };
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const writing = writer.write(RECORDS / KILLS, `run ${kill}`);
        await follow(runs.at(-1) ?? 0);
        await writing;
      }
      // The truth, in one go: what was sent up to the last that was seen.
      const seen = lines().map((line) => Number(line.split(" ")[0]));
      const last = Math.max(...seen);
      const all: number[] = [];
      const client = new Client({ storage: ":memory:" });
      for await (const event of client.com.atproto.sync.subscribeRepos({ cursor: 0 }, { service: pds })) {
        const { seq } = event as { seq: number };
        all.push(seq);
        if (seq >= last) break;
      }
      await client.close();
      expect([...new Set(seen)].toSorted((a, b) => a - b)).toEqual(all);
      // Each run is in order; what comes again does so at the start of a run.
      let from = 0;
      for (const end of runs) {
        const run = seen.slice(from, end);
        expect(run).toEqual(run.toSorted((a, b) => a - b));
        from = end;
      }
    } finally {
      await writer.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
