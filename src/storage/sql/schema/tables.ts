import type { Generated } from "kysely";
import type { CallRow, CursorRow, PostRow, ProfileRow, SessionSummary, UploadRow } from "../../ports/index.ts";

type Row<T> = { [K in keyof T]: K extends "id" ? Generated<number> : T[K] };

/** The tables as queries see them: property names and converted values, see `entities.ts`. */
export interface Tables {
  bsky_session: Row<
    Omit<SessionSummary, "identifier" | "createMethod"> & {
      bskyAuthUsername: string | null;
      accessJwt: string;
      refreshJwt: string;
      /** 0 create, 1 refresh, as pysky has it */
      createMethod: number;
    }
  >;
  bsky_api_call_log: Row<
    Omit<CallRow, "attemptLog" | "rateLimit"> & { attemptLog: string | null; rateLimit: string | null }
  >;
  bsky_user_profile: Row<Omit<ProfileRow, "labels"> & { labels: string | null }>;
  bsky_cursor: Row<
    Omit<CursorRow, "lastPageIds" | "knownIds" | "pendingIds"> &
      Record<"lastPageIds" | "knownIds" | "pendingIds", string | null>
  >;
  bsky_post: Row<PostRow>;
  bsky_upload: Row<UploadRow>;
  skylex_lease: { name: string; token: string; expiresAt: number };
}
