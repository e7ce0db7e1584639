/** A picture as its format shows it, without a pixel decoded. */
export interface ScanResult {
  /** Without what is private; the very same bytes if nothing is */
  readonly bytes: Uint8Array;
  /** What was left out: `EXIF`, `comment` … */
  readonly removed: readonly string[];
  /** How its EXIF has it turned, 1 to 8; `undefined` where only its decoder knows */
  readonly orientation?: number | undefined;
  /** As stored, before it is turned upright */
  readonly width: number;
  readonly height: number;
  /** More than 1 when it moves */
  readonly frames: number;
  /** Why it cannot be sent as it is, even without what was left out */
  readonly unfit: string | undefined;
  /** Its lines are not in order, so that a decoder holds all of it */
  readonly interlaced: boolean;
  /** Looks at its pixels, which a decoder would; rejects with `DamagedFileError` */
  readonly check?: ((signal?: AbortSignal) => Promise<void>) | undefined;
}
