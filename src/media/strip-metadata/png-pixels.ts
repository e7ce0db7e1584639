import { createInflate } from "node:zlib";
import { DamagedFileError } from "./pieces.ts";

/** What the header of a PNG says of its rows. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Of a pixel */
  readonly bits: number;
  readonly interlaced: boolean;
}

/** Rows of a pass: how many, and bytes of each with its filter. */
interface Pass {
  readonly rows: number;
  readonly bytes: number;
}

/** Where the passes of an interlaced picture begin, and their steps: https://www.w3.org/TR/png-3/#8InterlaceMethods */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

function passesOf({ width, height, bits, interlaced }: PngHeader): readonly Pass[] {
  const pass = (across: number, rows: number): Pass => ({ rows, bytes: 1 + Math.ceil((across * bits) / 8) });
  if (!interlaced) return [pass(width, height)];
  return adam7
    .map(([x, y, dx, dy]) => ({ across: Math.ceil((width - x) / dx), rows: Math.ceil((height - y) / dy) }))
    .filter(({ across, rows }) => across > 0 && rows > 0)
    .map(({ across, rows }) => pass(across, rows));
}

/** Most filters a row may have */
const FILTERS = 4;

/**
 * Inflates the pixels of a PNG, a piece at a time, and looks whether all rows are there.
 *
 * @throws DamagedFileError when they are not
 */
export async function checkPngPixels(
  data: readonly Uint8Array[],
  header: PngHeader,
  signal?: AbortSignal,
): Promise<void> {
  const passes = passesOf(header);
  let pass = 0;
  let row = 0;
  let untilRow = 0;
  const inflate = createInflate();
  inflate.end(Buffer.concat(data));
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      let at = untilRow;
      for (;;) {
        const current = passes[pass];
        // What comes behind the last row, decoders do not look at.
        if (current === undefined && at <= piece.length) return;
        if (current === undefined || at >= piece.length) break;
        if ((piece[at] as number) > FILTERS) throw new DamagedFileError("its pixels are damaged");
        at += current.bytes;
        if (++row === current.rows) {
          row = 0;
          pass++;
        }
      }
      untilRow = at - piece.length;
    }
  } catch (error) {
    if (error instanceof DamagedFileError || signal?.aborted === true) throw error;
    throw new DamagedFileError("its pixels are damaged", { cause: error });
  } finally {
    inflate.destroy();
  }
  if (pass < passes.length || untilRow > 0) throw new DamagedFileError("it lacks some of its pixels");
}
