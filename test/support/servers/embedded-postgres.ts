import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, chown, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./ports.ts";
import { postgresBinaries, postgresUser } from "./postgres-binaries.ts";

/**
 * Keeps PostgreSQL no longer than this process: its standard input ends when we end, even when we are killed, and the
 * server is then told to stop. It has no such tie of its own.
 */
const guard = `
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
{ read -r _ <&3; kill -INT "$server"; } 2>/dev/null &
exec 3<&-
wait "$server"
`;

// The data lives for one test run: no write has to survive a crash.
const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "300",
};

/** A PostgreSQL server of our own on a free loopback port; everything it writes is inside `folder`. */
export async function startEmbeddedPostgres(folder: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const runAs = postgresUser();
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const binaries = await postgresBinaries(runAs, join(folder, "native"));
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  const password = randomBytes(12).toString("hex");
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (runAs) for (const path of [data, passwordFile]) await chown(path, runAs.uid, runAs.gid);

  const initArguments = ["-D", data, "-U", "postgres", "--pwfile", passwordFile, "--auth=scram-sha-256"];
  const portable = ["--encoding=UTF8", "--locale=C", "--no-sync"];
  try {
    await promisify(execFile)(binaries.initdb, [...initArguments, ...portable], { ...runAs, cwd: folder });
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(
      `initdb could not make a PostgreSQL cluster in ${data}: ${said}. ` +
        `If it was refused access, set TMPDIR to a folder every user may enter.`,
      { cause },
    );
  }
  await rm(passwordFile);

  const port = await freePort();
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn("/bin/sh", ["-c", guard, "sh", binaries.postgres, "-D", data, "-p", String(port), ...flags], {
    ...runAs,
    cwd: folder,
    stdio: ["pipe", "ignore", "pipe"],
    // Its own process group: Ctrl-C must reach it through us, after the servers that use it have been closed.
    detached: true,
  });
  const ended = once(child, "exit");
  await untilReady(child, port);
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    async stop() {
      child.stdin?.end();
      await ended;
    },
  };
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
  let log = "";
  const ready = new Promise<boolean>((resolve) => {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-4000);
      if (log.includes("ready to accept connections")) resolve(true);
    });
    child.once("close", () => resolve(false));
    child.once("error", () => resolve(false));
  });
  if (!(await ready)) throw new Error(`PostgreSQL did not start on port ${port}. Its last words:\n${log}`);
}
