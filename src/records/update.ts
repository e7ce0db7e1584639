import type { Clock } from "../core/clock.ts";
import { sleep } from "../core/clock.ts";
import type { RecordCalls, RecordEntry, UpdateRecordOptions, WrittenRecord } from "../core/lexicon/record-calls.ts";
import type { RecordDefinition } from "../core/lexicon/definition.ts";
import { RecordConflictError, XrpcError } from "../core/errors/index.ts";

export interface UpdateConfig {
  readonly records: RecordCalls;
  readonly clock: Clock;
  readonly random: () => number;
}

const ROUNDS = 10;
/** Milliseconds; the ceiling of the first wait, doubled for each further one: those who collide come apart */
const FIRST_WAIT = 20;
const LONGEST_WAIT = 1000;

/** Reads a record, changes it, and writes it where nobody else has been meanwhile. */
export async function update<Value, Input extends object>(
  { records, clock, random }: UpdateConfig,
  definition: RecordDefinition<Value, Input>,
  key: string,
  change: (value: Value) => Input | Promise<Input>,
  { rounds = ROUNDS, ...options }: UpdateRecordOptions,
): Promise<WrittenRecord> {
  for (let round = 1; ; round++) {
    const found = await read(records, definition, key, options);
    const value = await change(found?.value as Value);
    let lost: unknown;
    try {
      const written = await records.put(definition, key, value, { ...options, swapRecord: found?.cid ?? null });
      if (!isAnothers(written, found)) return written;
    } catch (error) {
      if (!(error instanceof XrpcError) || error.error !== "InvalidSwap") throw error;
      lost = error;
    }
    if (round >= rounds) throw outrun(definition, key, found, rounds, lost);
    const wait = random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (round - 1));
    await sleep(clock, wait, options.signal);
  }
}

async function read<Value>(
  records: RecordCalls,
  definition: RecordDefinition<Value>,
  key: string,
  options: UpdateRecordOptions,
): Promise<RecordEntry<Value> | undefined> {
  // A kind of which there is one record may have none yet, which its `change` knows.
  const mayBeMissing = definition.key.startsWith("literal:");
  try {
    return await records.get(
      definition,
      key,
      mayBeMissing ? { ...options, expectedErrors: ["RecordNotFound"] } : options,
    );
  } catch (error) {
    if (mayBeMissing && error instanceof XrpcError && error.error === "RecordNotFound") return undefined;
    throw error;
  }
}

/**
 * Servers take a record that is there already with the same content for a success, before they look at the version that was
 * asked for: somebody else counted to the same number. (packages/pds/src/api/com/atproto/repo/putRecord.ts in
 * https://github.com/bluesky-social/atproto) Such an answer names no commit; one that was lost and found by reading says
 * nothing of validation either, and is ours.
 */
const isAnothers = (
  { cid, commit, validationStatus }: WrittenRecord,
  found: RecordEntry<unknown> | undefined,
): boolean => commit === undefined && validationStatus !== undefined && cid !== found?.cid;

function outrun(
  { nsid }: RecordDefinition,
  key: string,
  found: RecordEntry<unknown> | undefined,
  rounds: number,
  cause: unknown,
): RecordConflictError {
  const uri = found?.uri ?? key;
  return new RecordConflictError(
    `${nsid}: others changed ${uri} in each of ${rounds} rounds of update(), so nothing of this change was written. Allow more { rounds }, or let fewer change it at a time.`,
    { nsid, uri, cid: found?.cid, cause },
  );
}
