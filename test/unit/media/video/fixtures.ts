import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Path of a clip. */
export const fixture = (name: string): string => join(import.meta.dirname, "../../../support/fixtures/videos", name);

export const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(fixture(name)));

/** What located clips say: as text, and as the fixed-point number of a `loci` box. */
export const latitude = { text: "47.3769", fixed: Buffer.from("002f607c", "hex") } as const;
