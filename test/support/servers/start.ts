import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { PdsConfig } from "@atproto/dev-env";
import { processAll } from "./control.ts";

/** Plain JSON, so that it can be handed to test workers. */
export interface NetworkAddresses {
  pds: string;
  plc: string;
  appview: string;
  pdsDid: string;
  /** For `createDatabase`: a user who may create databases */
  postgresUrl: string;
  /** For `sendCommand` */
  control: string;
}

export interface Network extends NetworkAddresses {
  /** The process that holds the servers */
  pid: number;
  /** Everything the network writes; gone after `close` */
  folder: string;
  processAll: () => Promise<void>;
  close: () => Promise<void>;
}

export interface NetworkOptions {
  /** Options of the PDS; they travel as JSON */
  pds?: Partial<PdsConfig>;
  /** Environment of the servers; PG* and DB_POSTGRES_URL choose the PostgreSQL */
  env?: NodeJS.ProcessEnv;
}

const program = fileURLToPath(new URL("server-process.ts", import.meta.url));
const startLimitMs = 120_000;
const closeLimitMs = 40_000;

/** Starts PostgreSQL, PLC, PDS and AppView in a process of their own: loading them takes seconds, so once is enough. */
export async function startNetwork({ pds = {}, env = process.env }: NetworkOptions = {}): Promise<Network> {
  if (!process.features.typescript) {
    throw new Error(
      `Node ${process.version} does not run TypeScript. Start through npm (npm test), which uses the project's Node.`,
    );
  }
  const folder = await mkdtemp(join(tmpdir(), "skylex-network-"));
  const child = spawn(process.execPath, [program, "--folder", folder, "--pds", JSON.stringify(pds)], {
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  // Its input breaks when it dies; that is reported by its end, not by this.
  child.stdin.on("error", () => {});
  let closing = false;
  let running = false;
  const end = async () => {
    await once(child, "close");
    if (running && !closing)
      console.error(`The test network ended by itself (${how(child)}). Its last words:\n${stderr}`);
    // It does this itself unless it was killed.
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  const ended = end();

  const close = async () => {
    closing = true;
    child.stdin.end();
    const killer = setTimeout(() => child.kill("SIGKILL"), closeLimitMs);
    await ended;
    clearTimeout(killer);
  };

  const addresses = await Promise.race([firstAddresses(child), ended, timeLimit(startLimitMs)]);
  if (!addresses) {
    const what =
      child.exitCode === null && child.signalCode === null
        ? `was not ready after ${startLimitMs} ms`
        : `ended before it was ready (${how(child)})`;
    child.kill("SIGKILL");
    await ended;
    throw new Error(`The test network ${what}. Its last words:\n${stderr}`);
  }
  running = true;
  return { ...addresses, pid: child.pid ?? 0, folder, processAll: () => processAll(addresses), close };
}

function how(child: ChildProcess): string {
  return child.signalCode ? `signal ${child.signalCode}` : `exit code ${child.exitCode}`;
}

function firstAddresses(child: ChildProcess): Promise<NetworkAddresses> {
  return new Promise((resolve) => {
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      // With LOG_ENABLED the servers write their logs here too.
      if (!line.startsWith('{"network":')) return;
      const { network }: { network: NetworkAddresses } = JSON.parse(line);
      resolve(network);
    });
  });
}

function timeLimit(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
