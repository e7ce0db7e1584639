/** Names of all migrations, oldest first. Apart from the classes, so that looking whether any is missing loads nothing. */
export const migrationNames = [
  "0001_initial",
  "0002_write_budget",
  "0003_cursor",
  "0004_post",
  "0005_upload",
  "0006_failed_calls",
  "0007_endpoint_order",
] as const;

/** Where the database keeps the names of those that have run. */
export const MIGRATIONS_TABLE = "skylex_migrations";
