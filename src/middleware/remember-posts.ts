import type { Clock } from "../core/clock.ts";
import { isDid } from "../core/identifiers.ts";
import type { Logger } from "../core/logger.ts";
import type { CallRequest, CallResult, Middleware } from "../core/pipeline.ts";
import type { PostStore, WrittenPost } from "../storage/ports/index.ts";

/** What the layer keeps of posts. */
export interface PostMemory {
  /** A post as it was written, as it is remembered */
  readonly written: (uri: string, cid: string, record: unknown, callLogId: number | undefined) => WrittenPost;
  readonly posts: Pick<PostStore, "save" | "markDeleted">;
}

/** Milliseconds a post that was written waits for storage at most, before its call goes on; storing goes on beside it */
const PATIENCE = 2000;

const POST = "app.bsky.feed.post";

interface Write {
  readonly $type?: string;
  readonly repo?: string;
  readonly collection?: string;
  readonly rkey?: string;
  readonly record?: unknown;
  readonly value?: unknown;
}

interface Written {
  readonly uri?: string;
  readonly cid?: string;
}

/** Remembers the posts that were written and deleted, by whatever call. Memory that fails does not fail the call. */
export function rememberPosts(memory: PostMemory, logger: Logger, clock: Clock): Middleware {
  /** Posts since storage failed; it is said of the first of them, and their number once storage works again */
  let forgotten = 0;
  const remember = async ({ definition, input, trace }: CallRequest, { data }: CallResult): Promise<void> => {
    const fields = input as Write & { readonly writes?: readonly Write[] };
    const { writes = [fields] } = fields;
    const written = ((data as { readonly results?: readonly Written[] } | undefined)?.results ?? [
      data,
    ]) as readonly Written[];
    // Rows are kept by DID, and a call may name its repository by handle.
    const repo = fields.repo === undefined || isDid(fields.repo) ? fields.repo : trace.did;
    const saved: WrittenPost[] = [];
    const deleted: string[] = [];
    for (const [index, write] of writes.entries()) {
      if (write.collection !== POST) continue;
      const { uri, cid } = written[index] ?? {};
      if (uri !== undefined && cid !== undefined) {
        saved.push(memory.written(uri, cid, write.record ?? write.value, trace.logId));
      } else if (definition.nsid.endsWith(".deleteRecord") || write.$type?.endsWith("#delete") === true) {
        deleted.push(`at://${repo}/${POST}/${write.rkey}`);
      }
    }
    if (saved.length > 0) await memory.posts.save(saved);
    if (deleted.length > 0) await memory.posts.markDeleted(deleted);
  };
  /** Never rejects. */
  const store = async (request: CallRequest, result: CallResult): Promise<void> => {
    try {
      await remember(request, result);
      if (forgotten > 1) logger.warn(`Posts are remembered again; ${forgotten} could not be.`);
      forgotten = 0;
    } catch (error) {
      if (forgotten++ > 0) return;
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn(
        `A post could not be remembered; the post itself is fine. Further ones are counted, and not reported one by one. ${reason}`,
      );
    }
  };
  return (next) => async (request) => {
    const result = await next(request);
    if (!kinds.has(request.definition.nsid)) return result;
    const late = Promise.withResolvers<boolean>();
    const cancel = clock.after(PATIENCE, () => late.resolve(true), true);
    try {
      await Promise.race([store(request, result), late.promise]);
    } finally {
      cancel();
    }
    return result;
  };
}

const kinds: ReadonlySet<string> = new Set([
  "com.atproto.repo.createRecord",
  "com.atproto.repo.putRecord",
  "com.atproto.repo.deleteRecord",
  "com.atproto.repo.applyWrites",
]);
