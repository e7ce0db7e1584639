import { MIGRATIONS_TABLE } from "../../../../migrations/names.ts";
import { StorageError } from "../../../core/errors/index.ts";

/** Table names shared with pysky, and those only skylex makes. */
const NAMES = [
  "bsky_session",
  "bsky_api_call_log",
  "bsky_user_profile",
  "bsky_post",
  "bsky_write_budget",
  "bsky_cursor",
  "bsky_upload",
  "skylex_lease",
  MIGRATIONS_TABLE,
];
const QUOTED = NAMES.map((name) => `'${name}'`).join(", ");

export interface SeenColumn {
  readonly table: string;
  readonly column: string;
}

/** Which of our tables are there, with their columns. */
export const columnsSql = {
  sqlite: `select t.name as "table", c.name as "column" from sqlite_master t join pragma_table_info(t.name) c
    where t.type = 'table' and t.name in (${QUOTED})`,
  postgresql: `select t.relname as "table", c.attname as "column" from pg_class t join pg_attribute c on c.attrelid = t.oid
    where t.oid in (select to_regclass(name) from unnest(array[${QUOTED}]) as name)
    and c.attnum > 0 and not c.attisdropped`,
} as const;

/**
 * Stops before tables of our names that somebody else made. pysky's have the same names and camelCase columns.
 *
 * @throws StorageError `foreign-schema`
 */
export function refuseForeign(seen: readonly SeenColumn[], location: string): void {
  const tables = [...new Set(seen.map((one) => one.table))];
  if (tables.length === 0 || tables.includes(MIGRATIONS_TABLE)) return;
  const byPysky = seen.some(
    ({ column }) => column === "accessJwt" || column === "displayName" || column === "apilog_id",
  );
  throw new StorageError(
    `${location} holds tables that ${byPysky ? "pysky" : "something else than skylex"} made (${tables.join(", ")}). ` +
      "Nothing in it was changed. To go on, choose another database: BSKY_SQLITE_FILENAME, PGDATABASE or the `storage` option. " +
      "Sessions and profiles are then made anew by themselves" +
      (byPysky ? "; rows of bsky_api_call_log can be copied over in SQL, its columns have kept their names." : "."),
    { code: "foreign-schema", location },
  );
}
