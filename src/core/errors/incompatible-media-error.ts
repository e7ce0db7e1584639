import type { MediaDetails } from "./media-error.ts";
import { MediaError } from "./media-error.ts";

/** The file is whole, but of a kind that cannot be sent or made into one that can. */
export class IncompatibleMediaError extends MediaError {
  override readonly name = "IncompatibleMediaError";
  /** What a video is packed in: `webm`, `3gp`, `mp4` … */
  readonly container: string | undefined;
  /** Of a video's picture, where it could be told: `hevc`, `vp9` … */
  readonly codec: string | undefined;
  /** What is wrong with a video, in a few words */
  readonly reason: string | undefined;

  constructor(
    message: string,
    details: MediaDetails & {
      readonly container?: string | undefined;
      readonly codec?: string | undefined;
      readonly reason?: string | undefined;
    },
  ) {
    super(message, details);
    this.container = details.container;
    this.codec = details.codec;
    this.reason = details.reason;
  }
}
