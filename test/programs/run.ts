import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { NetworkAddresses } from "../network/start.ts";

/** A program as a user would start it, with the local servers in place of the public ones. */
export interface Program {
  readonly file: string;
  readonly args?: readonly string[];
  /** Working directory: what the program reads and writes by relative paths */
  readonly cwd: string;
  /** Beside what the tests run with */
  readonly env: Readonly<Record<string, string>>;
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

/** Runs a program to its end; `watch` sees what it has printed so far, and may kill it. */
export async function run(
  { file, args = [], cwd, env }: Program,
  watch?: (stdout: string, kill: () => void) => void,
): Promise<Outcome> {
  const preload = join(import.meta.dirname, "redirect.ts");
  const child = spawn(process.execPath, ["--conditions=skylex-source", "--import", preload, file, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
      watch?.(printed.stdout, () => child.kill("SIGKILL"));
    });
  }
  const [status] = (await once(child, "close")) as [number | null];
  return { ...printed, status };
}
