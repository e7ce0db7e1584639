import { Migration } from "@mikro-orm/migrations";
import { BasePostgreSqlPlatform } from "@mikro-orm/sql";

/** What calls are charged for, in the log, and the windows it is counted in. */
export class WriteBudget0002 extends Migration {
  override name = "0002_write_budget";

  override up(): void {
    const postgres = this.driver.getPlatform() instanceof BasePostgreSqlPlatform;
    const instant = postgres ? "timestamptz(3)" : "datetime";

    this.addSql("alter table bsky_api_call_log add column budget_key text null");
    this.addSql("alter table bsky_api_call_log add column budget_points integer null");
    this.addSql(`alter table bsky_api_call_log add column budget_at ${instant} null`);
    this.addSql(`update bsky_api_call_log
      set budget_key = 'write ' || request_did, budget_points = write_op_points_consumed, budget_at = timestamp
      where write_op_points_consumed > 0 and request_did is not null`);
    this.addSql(`create index bsky_api_call_log_budget_idx
      on bsky_api_call_log (budget_key, budget_at, budget_points) where budget_key is not null`);

    this.addSql(`create table bsky_write_budget (
      budget_key text not null, seconds integer not null, used integer not null, since ${instant} not null,
      counted_at ${instant} null, warned_at ${instant} null, server_limit integer null, server_remaining integer null,
      server_reset_at ${instant} null, updated_at ${instant} not null, primary key (budget_key, seconds)
    )`);
  }
}
