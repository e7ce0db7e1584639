import type { RecordDefinition } from "../core/definition.ts";
import { ValidationError } from "../core/errors.ts";

/**
 * The key of a new record where its kind says it; `undefined` where any will do.
 *
 * @throws ValidationError for kinds whose keys only the caller can know
 */
export function keyOf({ nsid, key }: RecordDefinition): string | undefined {
  if (key.startsWith("literal:")) return key.slice("literal:".length);
  if (key !== "nsid") return undefined;
  const message = "its keys are NSIDs, which nobody can make up: give one, { rkey }";
  throw new ValidationError(`${nsid}: ${message}. Nothing was sent.`, { issues: [{ path: "options.rkey", message }] });
}
