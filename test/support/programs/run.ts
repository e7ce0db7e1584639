import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { NetworkAddresses } from "../servers/start.ts";

/** A program as a user would start it, with the local servers in place of the public ones. */
export interface Program {
  readonly file: string;
  readonly args?: readonly string[];
  /** Working directory: what the program reads and writes by relative paths */
  readonly cwd: string;
  /** Beside what the tests run with */
  readonly env: Readonly<Record<string, string>>;
  /** It dies by SIGKILL once it has printed this */
  readonly killAfter?: RegExp | undefined;
}

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit code; `null` when it was killed */
  readonly status: number | null;
}

/** Environment that `redirect.ts` finds the local servers by. */
export const addressesOf = ({ pds, appview, plc }: NetworkAddresses): Record<string, string> => ({
  LOCAL_PDS: pds,
  LOCAL_APPVIEW: appview,
  LOCAL_PLC: plc,
});

const preload = (name: string): readonly string[] => ["--import", join(import.meta.dirname, name)];

/** Runs a program to its end. */
export async function run({ file, args = [], cwd, env, killAfter }: Program): Promise<Outcome> {
  const flags = ["--conditions=skylex-source", ...preload("redirect.ts"), ...(killAfter ? preload("kill.ts") : [])];
  const child = spawn(process.execPath, [...flags, file, ...args], {
    cwd,
    env: { ...process.env, ...env, ...(killAfter && { KILL_AFTER: killAfter.source }) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => void (printed[name] += text));
  }
  const [status] = (await once(child, "close")) as [number | null];
  return { ...printed, status };
}
