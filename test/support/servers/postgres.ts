import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";

export interface PostgresServer {
  /** Of a user who may create databases */
  url: string;
  /** Ends the server if we started it, else nothing */
  stop: () => Promise<void>;
}

export interface TestDatabase {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  url: string;
  /** Closes whatever is still connected and removes the database */
  drop: () => Promise<void>;
}

type Environment = Record<string, string | undefined>;

/** The server that PGHOST (PGPORT, PGUSER, PGPASSWORD, PGDATABASE) or else DB_POSTGRES_URL names, else one of our own. */
export async function openPostgres(env: Environment = process.env): Promise<PostgresServer> {
  const url = postgresUrlFrom(env);
  if (url) return { url, stop: () => Promise.resolve() };
  const folder = await mkdtemp(join(tmpdir(), "skylex-postgres-"));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    // Under root the server runs as another user, who has to get past this folder.
    await chmod(folder, 0o755);
    const server = await startEmbeddedPostgres(join(folder, "cluster"));
    return {
      url: server.url,
      async stop() {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

export function postgresUrlFrom(env: Environment): string | undefined {
  const host = env.PGHOST;
  if (!host) return env.DB_POSTGRES_URL || undefined;
  // A path is the folder of a unix socket, which has no place in the host part of a URL.
  const url = new URL(`postgresql://${host.startsWith("/") ? "localhost" : host}`);
  if (host.startsWith("/")) url.searchParams.set("host", host);
  url.port = env.PGPORT || "5432";
  url.username = encodeURIComponent(env.PGUSER || "postgres");
  url.password = encodeURIComponent(env.PGPASSWORD ?? "");
  url.pathname = `/${encodeURIComponent(env.PGDATABASE || "postgres")}`;
  return url.href;
}

/** A fresh empty database on the server that `postgresUrl` names. */
export async function createDatabase(postgresUrl: string): Promise<TestDatabase> {
  const database = `skylex_${randomBytes(6).toString("hex")}`;
  const url = new URL(postgresUrl);
  const connection = {
    host: url.searchParams.get("host") ?? url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
  url.pathname = `/${database}`;
  try {
    // template0 is never connected to, so that parallel test files can copy it at once.
    await query(postgresUrl, `CREATE DATABASE ${database} TEMPLATE template0`);
  } catch (cause) {
    throw new Error(
      `Could not create a database on ${connection.host}:${connection.port} as ${connection.user}: ${reason(cause)}. ` +
        `Give that user CREATEDB, or unset PGHOST and DB_POSTGRES_URL to let the tests start their own server.`,
      { cause },
    );
  }
  return {
    ...connection,
    url: url.href,
    async drop() {
      await query(postgresUrl, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    },
  };
}

/** One statement on a connection of its own. */
export async function query(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new (loadPg().Client)({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** Locks a table until the function it gives is called. */
export async function lockTable(url: string, table: string): Promise<() => Promise<void>> {
  const client = new (loadPg().Client)({ connectionString: url });
  await client.connect();
  await client.query("begin", []);
  await client.query(`lock table ${table} in access exclusive mode`, []);
  return () => client.end();
}

interface Pg {
  Client: new (config: { connectionString: string }) => {
    connect(): Promise<void>;
    query(sql: string, values: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
    end(): Promise<void>;
  };
}

/** The driver `embedded-postgres` brings along: importing that package itself would install its exit hooks here. */
function loadPg(): Pg {
  const pg: Pg = createRequire(import.meta.resolve("embedded-postgres"))("pg");
  return pg;
}

/** A refused connection is an AggregateError, whose own message is empty. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join("; ");
  return error instanceof Error ? error.message : String(error);
}
