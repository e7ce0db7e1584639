import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { bench } from "../places.mjs";

/** Keeps a raw row under results/, so that runs can be compared later. */
export function record(benchName, row) {
  const folder = join(bench, "results");
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${benchName}.jsonl`), `${JSON.stringify({ at: new Date().toISOString(), ...row })}\n`);
}
