import { MikroKyselyPlugin } from "@mikro-orm/sql";
import type BetterSqlite from "better-sqlite3";
import { CompiledQuery, type DatabaseConnection, Kysely, sql } from "kysely";
import { MIGRATIONS_TABLE } from "../../../../migrations/names.ts";
import type { DatabaseChoice } from "./config.ts";
import type { Dialect, Orm } from "./drivers.ts";
import { installed, loadMikroOrm, refuseOldNode } from "./drivers.ts";
import { entitiesOf } from "../schema/entities.ts";
import { columnsSql, refuseForeign, type SeenColumn } from "../schema/foreign-schema.ts";
import { timestampToText } from "../schema/timestamp.ts";
import { migrate } from "../schema/migrate.ts";
import { sharedConnection } from "./shared-connection.ts";
import type { Tables } from "../schema/tables.ts";

/** A database that is connected and up to date. */
export interface Opened {
  readonly dialect: Dialect;
  /** Queries by property names, values converted both ways. Values are always bound, never part of the SQL text. */
  readonly db: Kysely<Tables>;
  /** The same connection with column names and values as the database has them */
  readonly plain: Kysely<unknown>;
  /** The SQLite connection itself, where it is ours alone */
  readonly sqlite: BetterSqlite.Database | undefined;
  readonly orm: Orm;
  /** kysely's, for SQL written by hand */
  readonly sql: typeof sql;
  /** A moment as the database compares it, for SQL written by hand */
  readonly instant: (milliseconds: number) => string;
  readonly close: () => Promise<void>;
  /** Cuts the connections: what waits for the database rejects */
  readonly cut: () => void;
  /** Names of the migrations that opening ran */
  readonly ran: readonly string[];
  /** Is told that waiting for another writer takes long */
  readonly onLocked: () => void;
}

export interface ConnectOptions {
  /** How long to wait for other writers, ms */
  readonly waitMs: number;
  /** Is told that such a wait takes long */
  readonly onLocked?: () => void;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** A statement that waits for another's lock for longer is refused by the server, so that it changes nothing later. */
const LOCK_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 10_000;

/** Connects and migrates. Rejects with whatever the drivers throw; `storageError` makes sense of it. */
export async function connect(
  choice: DatabaseChoice,
  { waitMs, onLocked = () => undefined }: ConnectOptions,
): Promise<Opened> {
  const connected = await connectTo(choice, waitMs, onLocked);
  const { dialect, orm, kysely } = connected;
  let ran: readonly string[];
  try {
    ran = await migrate({ kysely, orm, dialect, location: choice.location, waitMs, onLocked });
  } catch (error) {
    await connected.close().catch(() => undefined);
    throw error;
  }
  const plugin = new MikroKyselyPlugin(orm.em.fork(), {
    columnNamingStrategy: "property",
    convertValues: true,
  });
  const zone = dialect === "postgresql" ? "+00" : "";
  return {
    dialect,
    orm,
    sql,
    db: kysely.withPlugin(plugin) as unknown as Kysely<Tables>,
    plain: kysely,
    sqlite: connected.sqlite(),
    instant: (milliseconds) => timestampToText(milliseconds) + zone,
    close: connected.close,
    cut: connected.cut,
    ran,
    onLocked,
  };
}

/** Connects and migrates nothing; an SQLite file is opened for reading only. */
export async function connectUnchanged(
  choice: DatabaseChoice,
  waitMs: number,
  onLocked: () => void,
): Promise<Pick<Connected, "kysely" | "dialect" | "close">> {
  if (choice.kind !== "sqlite") return connectTo(choice, waitMs, onLocked);
  const { readingDialect } = await installed("better-sqlite3", () => import("./dialect.ts"));
  const kysely = new Kysely<unknown>({ dialect: readingDialect(choice.file, waitMs, onLocked) });
  return { kysely, dialect: "sqlite", close: () => kysely.destroy() };
}

interface Connected {
  readonly dialect: Dialect;
  readonly orm: Orm;
  readonly kysely: Kysely<unknown>;
  readonly sqlite: () => BetterSqlite.Database | undefined;
  readonly close: () => Promise<void>;
  readonly cut: () => void;
}

const nothingToCut = (): void => undefined;

async function connectTo(choice: DatabaseChoice, waitMs: number, onLocked: () => void): Promise<Connected> {
  if (choice.kind === "sqlite") return connectSqlite(choice.file, waitMs, onLocked);
  if (choice.kind === "postgresql") return connectPostgres(choice.settings);
  const { kysely, dialect } = sharedConnection(choice.connection, waitMs, onLocked);
  // This ORM only knows the schema. It never connects, and closing would end a connection that is not ours.
  const orm = await makeOrm(dialect, {});
  return { dialect, orm, kysely, sqlite: () => undefined, close: async () => undefined, cut: nothingToCut };
}

async function connectSqlite(file: string, waitMs: number, onLocked: () => void): Promise<Connected> {
  refuseOldNode();
  const { sqliteDialect } = await installed("better-sqlite3", () => import("./dialect.ts"));
  let database: BetterSqlite.Database | undefined;
  const inspect = (reader: BetterSqlite.Database): void =>
    refuseForeign(reader.prepare<[], SeenColumn>(columnsSql.sqlite).all(), file);
  const opened = (connection: BetterSqlite.Database): void => {
    database = connection;
  };
  const kysely = new Kysely<unknown>({ dialect: sqliteDialect({ file, waitMs, onLocked, inspect, opened }) });
  const orm = await makeOrm("sqlite", { driverOptions: kysely, dbName: file });
  return { dialect: "sqlite", orm, kysely, sqlite: () => database, close: () => kysely.destroy(), cut: nothingToCut };
}

/** What is used of a connection of the driver `pg` */
interface PgClient {
  readonly connection: { readonly stream: { destroy(): void } };
}

async function connectPostgres(
  settings: Extract<DatabaseChoice, { kind: "postgresql" }>["settings"],
): Promise<Connected> {
  const { host, port, user, password, database, maxConnections: max, url } = settings;
  const clients = new Set<PgClient>();
  const orm = await makeOrm("postgresql", {
    dbName: database,
    // Said after connecting, since poolers such as PgBouncer refuse it among the parameters of a connection.
    onCreateConnection: async (connection: DatabaseConnection) => {
      await connection.executeQuery(
        CompiledQuery.raw(`select set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', false),
          set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false),
          set_config('datestyle', 'ISO', false),
          set_config('default_transaction_isolation', 'read committed', false)`),
      );
    },
    // Given to the driver itself: what MIKRO_ORM_* variables say is meant for another application of the user's.
    driverOptions: {
      ...(url === undefined ? { host, port, user, password, database } : { connectionString: url }),
      max,
      // A script that has nothing left to do ends, even if it never closed its client.
      allowExitOnIdle: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: "skylex",
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      onPoolCreated: (pool: { on(event: "connect" | "remove", listener: (client: PgClient) => void): unknown }) => {
        pool.on("connect", (client) => void clients.add(client));
        pool.on("remove", (client) => void clients.delete(client));
      },
    },
  });
  const kysely: Kysely<unknown> = orm.em.getConnection().getClient();
  return {
    dialect: "postgresql",
    orm,
    kysely,
    sqlite: () => undefined,
    close: () => kysely.destroy(),
    cut: () => {
      for (const { connection } of clients) connection.stream.destroy();
    },
  };
}

async function makeOrm(dialect: Dialect, options: Record<string, unknown>): Promise<Orm> {
  const common = {
    dbName: "skylex",
    entities: entitiesOf(dialect),
    debug: false,
    // What goes wrong is raised. The ORM's own lines could show values.
    logger: () => undefined,
    migrations: { tableName: MIGRATIONS_TABLE, snapshot: false, silent: true },
    ...options,
  };
  const MikroORM = await loadMikroOrm(dialect);
  // Each database has a class of its own, with a type of its own; what is used here they have in common.
  return new (MikroORM as unknown as new (options: typeof common) => Orm)(common);
}
