import { Migration } from "@mikro-orm/migrations";
import { BasePostgreSqlPlatform } from "@mikro-orm/sql";

/** Sessions, call log, profiles, and the leases that make refreshing exclusive. */
export class Initial0001 extends Migration {
  override name = "0001_initial";

  override up(): void {
    const postgres = this.driver.getPlatform() instanceof BasePostgreSqlPlatform;
    const id = postgres ? "bigserial primary key" : "integer not null primary key autoincrement";
    const instant = postgres ? "timestamptz(3)" : "datetime";
    const big = postgres ? "bigint" : "integer";
    const flag = postgres ? "boolean" : "integer";

    this.addSql(`create table bsky_session (
      id ${id}, service text not null, did text not null, handle text null, bsky_auth_username text null,
      access_jwt text not null, refresh_jwt text not null, create_method integer not null,
      pds_service_endpoint text null, access_expires_at ${instant} null, refresh_expires_at ${instant} null,
      generation integer not null, exception text null, created_at ${instant} not null, updated_at ${instant} not null
    )`);
    this.addSql(
      postgres
        ? "alter table bsky_session add constraint bsky_session_service_did_unique unique (service, did)"
        : "create unique index bsky_session_service_did_unique on bsky_session (service, did)",
    );

    this.addSql(`create table bsky_api_call_log (
      id ${id}, timestamp ${instant} not null, hostname text not null, endpoint text not null, request_did text null,
      cursor_key text null, cursor_passed text null, cursor_received text null, method text null,
      http_status_code integer null, params text null, exception_class text null, exception_text text null,
      exception_response text null, response_keys text null, write_op_points_consumed integer not null default 0,
      session_was_refreshed ${flag} null, duration_microseconds ${big} null, call_id text null, state text not null,
      attempts integer not null default 0, attempt_log text null, retry_wait_ms integer not null default 0,
      service text null, proxy text null, subject_uri text null, request_bytes ${big} null, response_bytes ${big} null,
      rate_limit text null
    )`);
    this.addSql("create index bsky_api_call_log_timestamp_idx on bsky_api_call_log (timestamp)");
    this.addSql("create index bsky_api_call_log_endpoint_idx on bsky_api_call_log (endpoint)");
    this.addSql("create index bsky_api_call_log_did_timestamp_idx on bsky_api_call_log (request_did, timestamp)");

    this.addSql(`create table bsky_user_profile (
      id ${id}, did text null, handle text null, display_name text null, followers_count integer null,
      follows_count integer null, posts_count integer null, labels text null, description text null, avatar text null,
      created_at ${instant} null, updated_at ${instant} not null, associated_lists integer null,
      associated_feedgens integer null, associated_starter_packs integer null, associated_labeler ${flag} null,
      viewer_did text null, viewer_muted ${flag} null, viewer_blocked_by ${flag} null, viewer_blocking text null,
      error text null, error_name text null, error_at ${instant} null, fetched_at ${instant} null
    )`);
    this.addSql(
      postgres
        ? "alter table bsky_user_profile add constraint bsky_user_profile_did_unique unique (did)"
        : "create unique index bsky_user_profile_did_unique on bsky_user_profile (did)",
    );
    this.addSql("create index bsky_user_profile_handle_idx on bsky_user_profile (handle)");

    this.addSql(
      postgres
        ? "create table skylex_lease (name text not null, token text not null, expires_at bigint not null, primary key (name))"
        : "create table skylex_lease (name text not null primary key, token text not null, expires_at integer not null)",
    );
  }
}
