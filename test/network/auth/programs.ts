import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ProgramSettings } from "./program.ts";

const SCRIPT = fileURLToPath(new URL("program.ts", import.meta.url));

export interface Credentials {
  readonly identifier: string;
  readonly password?: string | undefined;
}

export interface Program {
  readonly child: ChildProcess;
  /** Tells it to read and gives what it printed; rejects with its complaints if it failed */
  go(): Promise<string>;
}

/** Starts `program.ts` and waits until it has opened its database. */
export async function startProgram(settings: ProgramSettings, { identifier, password }: Credentials): Promise<Program> {
  const { PGHOST: _, BSKY_SESSION_KEY: __, BSKY_AUTH_PASSWORD: ___, ...inherited } = process.env;
  const env = {
    ...inherited,
    PROGRAM: JSON.stringify(settings),
    BSKY_AUTH_USERNAME: identifier,
    ...(password !== undefined && { BSKY_AUTH_PASSWORD: password }),
  };
  const child = spawn(process.execPath, ["--conditions=skylex-source", SCRIPT], { env, stdio: "pipe" });
  let written = "";
  let complaints = "";
  child.stderr.on("data", (chunk) => (complaints += String(chunk)));
  const ended = once(child, "close");
  const ready = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk) => {
      written += String(chunk);
      if (written.startsWith("ready\n")) resolve();
    });
  });
  await Promise.race([ready, ended]);
  if (!written.startsWith("ready\n")) throw new Error(`The program ended before it was ready: ${complaints}`);
  return {
    child,
    async go() {
      child.stdin.write("go\n");
      const [code] = (await ended) as [number | null];
      if (code !== 0) throw new Error(`The program ended with ${code}: ${complaints}`);
      return written.replace("ready\n", "").trim();
    },
  };
}
