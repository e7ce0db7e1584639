import type { ErrorDetails } from "./skylex-error.ts";
import { SkylexError } from "./skylex-error.ts";

export interface MediaDetails extends ErrorDetails {
  readonly media: string;
}

/** A picture, a video or another file cannot be used: empty, unreadable, broken or refused. */
export class MediaError extends SkylexError {
  override readonly name: string = "MediaError";
  /** Which one, as messages call it: path, URL or `the given bytes` */
  readonly media: string;

  constructor(message: string, details: MediaDetails) {
    super(message, details);
    this.media = details.media;
  }
}
