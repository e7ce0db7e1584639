/** A picture that can be sent: it fits, stands upright and says nothing of where and how it was taken. */
export interface PreparedImage {
  /** The picture */
  readonly data: Uint8Array;
  /** Of `data` */
  readonly mimeType: string;
  /** Pixels of the upright picture */
  readonly width: number;
  /** See `width` */
  readonly height: number;
  /** The same, as embeds want it */
  readonly aspectRatio: { readonly width: number; readonly height: number };
  /** What was done: `EXIF removed`, `turned upright`, `made smaller` … Empty if the bytes are those given */
  readonly changes: readonly string[];
  /** How often pixels were encoded */
  readonly encodes: number;
  /** What readers will not see as it is meant: an animation that stands still. Mostly empty */
  readonly warnings: readonly string[];
}

/** The same before anybody has looked at what it is for. */
export type FittedImage = Omit<PreparedImage, "warnings">;
