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
}
