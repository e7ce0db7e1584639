import type { Clock } from "../core/clock.ts";
import type { RecordDefinition } from "../core/definition.ts";
import { ValidationError } from "../core/errors.ts";

/**
 * A record as it is written: with its `$type`, and with `createdAt` where the lexicon asks for it. What was given is not
 * changed.
 *
 * @throws ValidationError for what is no object, or says that it is a record of another kind
 */
export function recordOf({ nsid, dated }: RecordDefinition, value: object, clock: Clock): object {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return refuse(nsid, "record", "a record must be an object");
  }
  const { $type, createdAt } = value as { readonly $type?: unknown; readonly createdAt?: unknown };
  if ($type !== undefined && $type !== nsid) {
    return refuse(nsid, "record.$type", `the value says that it is a record of another kind, ${JSON.stringify($type)}`);
  }
  const date = dated === true && createdAt === undefined ? new Date(clock.now()).toISOString() : undefined;
  return { ...value, $type: nsid, ...(date !== undefined && { createdAt: date }) };
}

function refuse(nsid: string, path: string, message: string): never {
  throw new ValidationError(`${nsid}: ${message}. Nothing was sent.`, { issues: [{ path, message }] });
}
