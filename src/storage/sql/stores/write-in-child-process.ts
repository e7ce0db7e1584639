import { fileURLToPath } from "node:url";
import type { CallInput } from "../../ports/index.ts";
import type { DatabaseChoice } from "../connection/config.ts";

/** Milliseconds the end of a process may take at most for this */
const TIMEOUT_MS = 5000;

/**
 * Writes rows by a process of its own and waits for it: for a process that ends before its database is open, or whose
 * database knows no synchronous writing. Some hundred milliseconds, and the only way not to lose them.
 */
export function writeInChildProcess(choice: DatabaseChoice, rows: readonly CallInput[]): boolean {
  if (choice.kind === "shared") return false;
  // What only this process could see goes with it.
  if (choice.kind === "sqlite" && choice.file === ":memory:") return true;
  const script = import.meta.url.endsWith(".ts") ? "./exit-writer.ts" : "./exit-writer.js";
  try {
    const { spawnSync } = process.getBuiltinModule("node:child_process");
    const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], {
      input: JSON.stringify({ choice, rows }),
      stdio: ["pipe", "ignore", "ignore"],
      timeout: TIMEOUT_MS,
      windowsHide: true,
    });
    return status === 0;
  } catch {
    return false;
  }
}
