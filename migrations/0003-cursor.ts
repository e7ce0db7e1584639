import { Migration } from "@mikro-orm/migrations";
import { BasePostgreSqlPlatform } from "@mikro-orm/sql";

/** How far lists and streams have been read. */
export class Cursor0003 extends Migration {
  override name = "0003_cursor";

  override up(): void {
    const postgres = this.driver.getPlatform() instanceof BasePostgreSqlPlatform;
    const id = postgres ? "bigserial primary key" : "integer not null primary key autoincrement";
    const instant = postgres ? "timestamptz(3)" : "datetime";
    const big = postgres ? "bigint" : "integer";

    this.addSql(`create table bsky_cursor (
      id ${id}, account text not null, service text not null, endpoint text not null, "key" text not null,
      mode text not null, params_hash text null, "cursor" text null, state text not null, last_page_ids text null, known_ids text null,
      pending_ids text null, pages ${big} not null, items ${big} not null, version ${big} not null,
      created_at ${instant} not null, updated_at ${instant} not null
    )`);
    const columns = `(account, service, endpoint, "key")`;
    this.addSql(
      postgres
        ? `alter table bsky_cursor add constraint bsky_cursor_key_unique unique ${columns}`
        : `create unique index bsky_cursor_key_unique on bsky_cursor ${columns}`,
    );
  }
}
