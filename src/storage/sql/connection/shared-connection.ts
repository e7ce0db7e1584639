import { Kysely, PostgresDialect, SqliteDialect, type Dialect as KyselyDialect } from "kysely";
import { StorageError } from "../../../core/errors/index.ts";
import type { Dialect } from "./drivers.ts";
import { busyRetryDriver } from "./busy-retry-driver.ts";

type Members = Readonly<Record<string, unknown>>;
const has = (value: unknown, ...names: readonly string[]): value is Members =>
  typeof value === "object" && value !== null && names.every((name) => name in value);

/**
 * What the user gave -> a Kysely instance on the very same connection. Looks at what objects can do rather than at
 * their classes, since the user's copy of a package may be another than ours.
 *
 * @throws StorageError `configuration` for anything that is not a connection to SQLite or PostgreSQL
 */
export function sharedConnection(given: object, waitMs: number): { kysely: Kysely<unknown>; dialect: Dialect } {
  if (has(given, "em", "driver")) return sharedConnection(given["em"] as object, waitMs); // MikroORM
  if (has(given, "getConnection", "fork")) {
    return sharedConnection((given as unknown as { getConnection(): object }).getConnection(), waitMs); // EntityManager
  }
  if (has(given, "getClient", "getPlatform")) {
    return sharedConnection((given as unknown as { getClient(): object }).getClient(), waitMs); // its connection
  }
  if (has(given, "selectFrom", "getExecutor")) {
    // Plugins of the user's are for the user's queries: they would change names and values of ours.
    const kysely = (given as unknown as Kysely<unknown>).withoutPlugins();
    return { kysely, dialect: dialectOf(kysely.getExecutor().adapter) };
  }
  if (has(given, "createDriver", "createAdapter")) {
    const dialect = given as unknown as KyselyDialect;
    const kind = dialectOf(dialect.createAdapter());
    return {
      kysely: new Kysely({ dialect: kind === "sqlite" ? busyRetryDriver(dialect, waitMs) : dialect }),
      dialect: kind,
    };
  }
  if (has(given, "connect", "totalCount")) {
    const pool = given as unknown as ConstructorParameters<typeof PostgresDialect>[0]["pool"];
    return { kysely: new Kysely({ dialect: new PostgresDialect({ pool }) }), dialect: "postgresql" };
  }
  if (has(given, "prepare", "inTransaction")) {
    const database = given as unknown as ConstructorParameters<typeof SqliteDialect>[0]["database"];
    return {
      kysely: new Kysely({ dialect: busyRetryDriver(new SqliteDialect({ database }), waitMs) }),
      dialect: "sqlite",
    };
  }
  throw unusable();
}

function dialectOf(adapter: object): Dialect {
  for (let type = adapter; type; type = Object.getPrototypeOf(type) as object) {
    const { name } = type.constructor;
    if (/postgres/i.test(name)) return "postgresql";
    if (/sqlite/i.test(name)) return "sqlite";
  }
  throw unusable();
}

function unusable(): StorageError {
  return new StorageError(
    "The given connection is none that skylex can use. Give a MikroORM instance, an EntityManager or its connection, a Kysely instance or dialect, a pg Pool or a better-sqlite3 Database, on SQLite or PostgreSQL.",
    { code: "configuration" },
  );
}
