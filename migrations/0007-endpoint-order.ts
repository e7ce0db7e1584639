import { Migration } from "@mikro-orm/migrations";
import { BasePostgreSqlPlatform } from "@mikro-orm/sql";

/**
 * The newest calls of an endpoint are found in the order in which they are wanted. SQLite sorted all of them. PostgreSQL reads
 * the newest calls of all endpoints until it has enough of the wanted one, also beside such an index, so it keeps the small one.
 */
export class EndpointOrder0007 extends Migration {
  override name = "0007_endpoint_order";

  override up(): void {
    if (this.driver.getPlatform() instanceof BasePostgreSqlPlatform) return;
    this.addSql("drop index bsky_api_call_log_endpoint_idx");
    this.addSql("create index bsky_api_call_log_endpoint_idx on bsky_api_call_log (endpoint, timestamp)");
  }
}
