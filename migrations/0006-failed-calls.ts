import { Migration } from "@mikro-orm/migrations";

/** The newest failures of a long log are found without reading the calls in between. */
export class FailedCalls0006 extends Migration {
  override name = "0006_failed_calls";

  override up(): void {
    this.addSql(
      "create index bsky_api_call_log_failed_idx on bsky_api_call_log (timestamp, id) where state in ('failed', 'unknown')",
    );
  }
}
