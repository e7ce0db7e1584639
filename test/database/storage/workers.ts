import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("worker.ts", import.meta.url));

export interface WorkerOptions {
  readonly uid?: number;
}

/** Starts `worker.ts` on a database and waits until it says that it is where the task wants it to be. */
export async function startWorker(task: string, database: string, options: WorkerOptions = {}): Promise<ChildProcess> {
  const child = spawn(process.execPath, [SCRIPT, task, database], {
    stdio: ["pipe", "pipe", "inherit"],
    ...options,
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`worker ${task} ended with ${code} before it was ready`)));
    child.once("error", reject);
  });
  return child;
}

export async function finished(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  return new Promise((resolve) => child.once("exit", resolve));
}

/** Runs so many workers at once, each to its end, and gives what they wrote. */
export async function runWorkers(
  count: number,
  task: string,
  database: string,
  options: WorkerOptions = {},
): Promise<readonly string[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const child = spawn(process.execPath, [SCRIPT, task, database], {
        stdio: ["ignore", "pipe", "pipe"],
        ...options,
      });
      let written = "";
      let complaints = "";
      child.stdout.on("data", (chunk) => (written += String(chunk)));
      child.stderr.on("data", (chunk) => (complaints += String(chunk)));
      const code = await finished(child);
      if (code !== 0) throw new Error(`worker ${task} ended with ${code}: ${complaints}`);
      return written;
    }),
  );
}
