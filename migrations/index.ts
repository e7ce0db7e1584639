import type { Migration } from "@mikro-orm/migrations";
import { Initial0001 } from "./0001-initial.ts";
import { WriteBudget0002 } from "./0002-write-budget.ts";
import { Cursor0003 } from "./0003-cursor.ts";
import { Post0004 } from "./0004-post.ts";
import { Upload0005 } from "./0005-upload.ts";
import { FailedCalls0006 } from "./0006-failed-calls.ts";
import { EndpointOrder0007 } from "./0007-endpoint-order.ts";
import type { migrationNames } from "./names.ts";

type MigrationClass = new (...args: ConstructorParameters<typeof Migration>) => Migration;

/** A static list, not a folder to be searched: it is the same from sources and from dist/. */
export const migrations: Readonly<Record<(typeof migrationNames)[number], MigrationClass>> = {
  "0001_initial": Initial0001,
  "0002_write_budget": WriteBudget0002,
  "0003_cursor": Cursor0003,
  "0004_post": Post0004,
  "0005_upload": Upload0005,
  "0006_failed_calls": FailedCalls0006,
  "0007_endpoint_order": EndpointOrder0007,
};
