import type { Clock } from "../core/clock.ts";
import type { Call } from "../core/lexicon/namespace.ts";
import type { Logger } from "../core/logger.ts";
import type { Endpoint } from "../core/lexicon/definition.ts";
import type { PostStore } from "../storage/ports/index.ts";
import type { PostMedia } from "./attachments/media-port.ts";
import type { UploadCache } from "./attachments/upload-cache.ts";

/** What posting needs of a client. */
export interface PostTools {
  readonly call: Call;
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether there is an account at all. Sends nothing */
  readonly hasAccount: () => Promise<boolean>;
  /** DID of the account. Rejects with `NotAuthenticatedError` without one */
  readonly did: () => Promise<string>;
  readonly posts: () => Promise<PostStore>;
  /** The DID a handle belongs to; `undefined` if nobody has it */
  readonly didOf: (handle: string) => Promise<string | undefined>;
  readonly logger: Logger;
  /** Refuses records that the server would refuse. Sends nothing */
  readonly check: (endpoint: Endpoint, input: object) => Promise<void>;
  readonly media: PostMedia;
  readonly uploaded: UploadCache;
}
