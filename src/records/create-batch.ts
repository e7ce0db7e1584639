import type { BatchConfig, BatchOptions, BatchResults } from "./batch.ts";
import type { BatchWrite, BatchWrites } from "./batch-writes.ts";

/** Writes many records at a time. */
export interface Batch {
  <const Writes extends readonly BatchWrite[]>(
    build: (writes: BatchWrites) => Writes,
    options?: BatchOptions,
  ): Promise<BatchResults<Writes>>;
}

/** Makes `client.batch`, whose code is loaded with its first use. */
export function createBatch(config: BatchConfig): Batch {
  return async (build, options = {}) => (await import("./batch.ts")).batch(config, build, options);
}
