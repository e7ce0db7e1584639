import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./workspace.ts";

/** A package folder with the official documents and nothing of one's own, for runs inside the test's process. */
export function makePackage(root: string): string {
  mkdirSync(join(root, "lexicons/custom"), { recursive: true });
  cpSync(join(checkout, "lexicons/official"), join(root, "lexicons/official"), { recursive: true });
  cpSync(join(checkout, "lexicons/manifest.json"), join(root, "lexicons/manifest.json"));
  return root;
}
