import type { MediaDetails } from "./media-error.ts";
import { MediaError } from "./media-error.ts";

/** The file is larger than what the place it is for takes, and cannot be made smaller. */
export class MediaTooLargeError extends MediaError {
  override readonly name = "MediaTooLargeError";
  /** Of the file, or of the smallest that could be made of it; in bytes, or what `unit` says */
  readonly size: number;
  /** What would be allowed, in `unit` */
  readonly maxSize: number;
  /** What `size` and `maxSize` count */
  readonly unit: "bytes" | "pixels" | "frames";

  constructor(
    message: string,
    details: MediaDetails & {
      readonly size: number;
      readonly maxSize: number;
      readonly unit?: "bytes" | "pixels" | "frames";
    },
  ) {
    super(message, details);
    this.size = details.size;
    this.maxSize = details.maxSize;
    this.unit = details.unit ?? "bytes";
  }
}
