/** Where things are. Everything a run writes is below `out/` and `results/`, which git ignores. */
import { join, dirname } from "node:path";

export const bench = import.meta.dirname;
export const root = dirname(bench);

/** A path below the folder of generated trees and copies. */
export const out = (...parts) => join(bench, "out", ...parts);

/** A path below the installed peers. */
export const installed = (...parts) => join(bench, "node_modules", ...parts);

/** skylex as a user has it: what the package holds, without the checkout around it. */
export const staged = (...parts) => out("skylex", ...parts);

/** The official documents: input of all generators, and what the lexicons of skylex and of @atproto/api agree on. */
export const official = join(root, "lexicons/official");
