import { Migration } from "@mikro-orm/migrations";
import { BasePostgreSqlPlatform } from "@mikro-orm/sql";

/** Posts of our accounts, and the keys that stand for them. */
export class Post0004 extends Migration {
  override name = "0004_post";

  override up(): void {
    const postgres = this.driver.getPlatform() instanceof BasePostgreSqlPlatform;
    const id = postgres ? "bigserial primary key" : "integer not null primary key autoincrement";
    const instant = postgres ? "timestamptz(3)" : "datetime";
    const big = postgres ? "bigint" : "integer";

    this.addSql(`create table bsky_post (
      id ${id}, apilog_id ${big} null, repo text not null, rkey text not null, uri text not null, cid text null,
      client_unique_key text null, content_hash text null, reply_to text null, root_uri text null, root_cid text null,
      state text not null, created_at ${instant} not null, updated_at ${instant} not null,
      constraint bsky_post_apilog_id_foreign foreign key (apilog_id) references bsky_api_call_log (id) on delete set null
    )`);
    for (const [name, columns] of [
      ["bsky_post_uri_unique", "(uri)"],
      ["bsky_post_repo_key_unique", "(repo, client_unique_key)"],
    ]) {
      this.addSql(
        postgres
          ? `alter table bsky_post add constraint ${name} unique ${columns}`
          : `create unique index ${name} on bsky_post ${columns}`,
      );
    }
    // Pruning the log looks for the posts of each row.
    this.addSql("create index bsky_post_apilog_id_idx on bsky_post (apilog_id)");
  }
}
