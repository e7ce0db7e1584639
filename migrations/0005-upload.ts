import { Migration } from "@mikro-orm/migrations";
import { BasePostgreSqlPlatform } from "@mikro-orm/sql";

/** Uploads in parts that have not ended. */
export class Upload0005 extends Migration {
  override name = "0005_upload";

  override up(): void {
    const postgres = this.driver.getPlatform() instanceof BasePostgreSqlPlatform;
    const id = postgres ? "bigserial primary key" : "integer not null primary key autoincrement";
    const instant = postgres ? "timestamptz(3)" : "datetime";
    const big = postgres ? "bigint" : "integer";

    this.addSql(`create table bsky_upload (
      id ${id}, did text not null, content_hash text not null, size ${big} not null, job_id text not null,
      part_size ${big} not null, part_count ${big} not null, expires_at ${instant} not null,
      created_at ${instant} not null, updated_at ${instant} not null
    )`);
    const columns = "(did, content_hash, size)";
    this.addSql(
      postgres
        ? `alter table bsky_upload add constraint bsky_upload_content_unique unique ${columns}`
        : `create unique index bsky_upload_content_unique on bsky_upload ${columns}`,
    );
  }
}
