import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { expect, test } from "vitest";
import { until } from "../../support/servers/accounts.ts";
import { freePort } from "../../support/servers/ports.ts";
import { startNetwork, type Network } from "../../support/servers/start.ts";

// Our own PostgreSQL whatever the environment names: it is one more process that must not stay.
const env = { ...process.env, PGHOST: "", DB_POSTGRES_URL: "" };
const limits = { timeout: 120_000 };

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // One whose parent was killed stays in the table, ended, if the machine's first process does not care for orphans.
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !readFileSync(status, "utf8").includes("State:\tZ");
}

/** The servers' process and PostgreSQL's. */
function processesOf({ pid, folder }: Pick<Network, "pid" | "folder">): number[] {
  const cluster = readdirSync(folder).find((name) => name.startsWith("skylex-postgres-")) ?? "";
  const lock = readFileSync(join(folder, cluster, "cluster", "data", "postmaster.pid"), "utf8");
  return [pid, Number.parseInt(lock, 10)];
}

async function gone({ folder }: Pick<Network, "folder">, processes: number[]): Promise<boolean> {
  return until(() => !processes.some(runs) && !existsSync(folder), { timeoutMs: 30_000 });
}

test("after close no process and no file is left", limits, async () => {
  const network = await startNetwork({ env, pds: { serviceName: "Passed through" } });
  const processes = processesOf(network);
  expect(processes.map(runs)).toEqual([true, true]);
  const page = await fetch(`${network.pds}/xrpc/com.atproto.server.describeServer`);
  expect(page.status).toBe(200);
  await Promise.all([network.close(), network.close()]);
  expect(processes.map(runs)).toEqual([false, false]);
  expect(existsSync(network.folder)).toBe(false);
});

test("a killed server process takes PostgreSQL and its files along, and close still returns", limits, async () => {
  const network = await startNetwork({ env });
  const processes = processesOf(network);
  process.kill(network.pid, "SIGKILL");
  expect(await gone(network, processes)).toBe(true);
  await network.close();
});

test("the network ends with a starter that is killed", limits, async () => {
  const program = `
    import { startNetwork } from ${JSON.stringify(new URL("../../support/servers/start.ts", import.meta.url).href)};
    const { pid, folder } = await startNetwork();
    console.log(JSON.stringify({ pid, folder }));`;
  const starter = spawn(process.execPath, ["--input-type=module", "--eval", program], { env });
  const [line]: string[] = await once(createInterface({ input: starter.stdout }), "line");
  const network: Pick<Network, "pid" | "folder"> = JSON.parse(line ?? "");
  const processes = processesOf(network);
  starter.kill("SIGKILL");
  expect(await gone(network, processes)).toBe(true);
});

test("a network that can not start says why", limits, async () => {
  const port = await freePort();
  const failing = startNetwork({ env: { ...env, PGHOST: "127.0.0.1", PGPORT: String(port) } });
  await expect(failing).rejects.toThrow(
    new RegExp(`ended before it was ready \\(exit code 1\\)[^]*Could not create a database on 127.0.0.1:${port}`),
  );
});
