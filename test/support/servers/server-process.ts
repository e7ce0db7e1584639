/**
 * The test network as a process of its own: prints one line `{"network": {…addresses}}` and runs until its standard
 * input ends, which also happens when whoever started it dies.
 *
 *   node test/support/servers/server-process.ts [--folder <empty folder>] [--pds <options of the PDS as JSON>]
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { PdsConfig } from "@atproto/dev-env";
import { serveCommands, type Commands } from "./control.ts";
import { createDatabase, openPostgres } from "./postgres.ts";
import type { Servers } from "./servers.ts";
import type { NetworkAddresses } from "./start.ts";

/** What tests may ask for that only this process can do: add here, call with `sendCommand`. */
const commandsOf = (servers: Servers): Commands => ({
  processAll: () => servers.processAll(),
  secondPds: async () => (await servers.secondPds()).url,
});

const { values } = parseArgs({ options: { folder: { type: "string" }, pds: { type: "string", default: "{}" } } });

// Newest first: what was started last is closed first.
const closers: (() => Promise<void>)[] = [];
let stopping = false;

const ready = start().catch(async (error: unknown) => {
  console.error(error);
  await stop(1);
});
process.stdin.once("end", () => void stop(0)).resume();
// When whoever started this was killed nobody reads what is said while closing; that must not stop the closing.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
process.once("SIGTERM", () => void stop(0));
process.once("SIGINT", () => void stop(0));

async function start(): Promise<void> {
  const folder = values.folder ?? (await mkdtemp(join(tmpdir(), "skylex-network-")));
  closers.unshift(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  // Under root PostgreSQL runs as another user, who has to get past this folder.
  await chmod(folder, 0o755);
  // The servers leave their data in the temporary folder: give them one that can be removed as a whole.
  process.env.TMPDIR = folder;
  // Standard output belongs to the addresses. (With LOG_ENABLED the servers write to it all the same: readers go by the
  // beginning of the line.)
  console.log = console.error;

  // Not before here: the server packages look up the temporary folder when they are loaded, which takes seconds. Until
  // then PostgreSQL gets ready.
  const loading = import("./servers.ts");
  loading.catch(() => {});
  const postgres = await openPostgres();
  closers.unshift(postgres.stop);
  const database = await createDatabase(postgres.url);
  closers.unshift(database.drop);
  const { startServers } = await loading;
  const pds: Partial<PdsConfig> = JSON.parse(values.pds);
  const servers = await startServers({ databaseUrl: database.url, pds });
  closers.unshift(servers.close);
  const control = await serveCommands(commandsOf(servers));
  closers.unshift(control.close);

  const network: NetworkAddresses = {
    pds: servers.pds.url,
    plc: servers.plc.url,
    appview: servers.appview.url,
    pdsDid: servers.pds.ctx.cfg.service.did,
    postgresUrl: postgres.url,
    control: control.url,
  };
  process.stdout.write(`${JSON.stringify({ network })}\n`);
}

async function stop(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // Servers closed right after their start drop queries they are still waiting for; that must not stop the closing either.
  process.on("uncaughtException", (error) => console.error(error));
  // A start that hangs must not keep this process for ever. PostgreSQL ends with it.
  setTimeout(() => process.exit(1), 30_000).unref();
  // Failing starts call this themselves; waiting for them would never end.
  if (exitCode === 0) await ready;
  let code = exitCode;
  for (const close of closers) {
    // Servers now and then wait for a connection that never ends; what is left of them ends with this process.
    await Promise.race([close(), sleep(8_000, undefined, { ref: false })]).catch((error: unknown) => {
      code = 1;
      console.error(error);
    });
  }
  process.exit(code);
}
