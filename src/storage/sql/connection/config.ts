import { StorageError } from "../../../core/errors/index.ts";
import { withoutNewline } from "../../../core/identifiers.ts";

/** A PostgreSQL server and a database on it. */
export interface PostgresSettings {
  /** Name or address of the server */
  readonly host: string;
  /** Default 5432 */
  readonly port?: number | undefined;
  /** Who connects: needs the right to make tables in the database */
  readonly user: string;
  /** Appears in no message */
  readonly password: string;
  /** Name of the database, which must exist */
  readonly database: string;
  /** Connections at most, for this process. Default 4: nothing holds one for longer than a statement */
  readonly maxConnections?: number | undefined;
}

/**
 * A connection that is already there, by what it can do: a MikroORM instance, its EntityManager or connection, a Kysely
 * instance or dialect, a `pg` pool, a better-sqlite3 database. It is used, and never closed. On SQLite, how long it waits
 * for other writers is up to its driver; a dialect or database gets our waiting.
 */
export type OwnConnection =
  | { readonly em: object; readonly driver: object }
  | { getConnection(): object; fork(): object }
  | { getClient(): object; getPlatform(): object }
  | { getExecutor(): object; startTransaction(): object }
  | { createDriver(): object; createAdapter(): object }
  | { connect(): Promise<object>; readonly totalCount: number }
  | { prepare(sql: string): object; readonly inTransaction: boolean };

/** Where to remember: a path (or `:memory:`), a `postgres://` URL, either as an object, or your own connection. */
export type DatabaseOption =
  | string
  | { readonly sqlite: string }
  | { readonly postgres: string | PostgresSettings }
  | OwnConnection;

/** The decision, with all defaults filled in. */
export type DatabaseChoice =
  | { readonly kind: "sqlite"; readonly file: string; readonly location: string }
  | {
      readonly kind: "postgresql";
      readonly settings: PostgresSettings & {
        readonly port: number;
        readonly maxConnections: number;
        readonly url?: string;
      };
      readonly location: string;
    }
  | { readonly kind: "shared"; readonly connection: object; readonly location: string };

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_FILE = "skylex.db";
const DEFAULT_PORT = 5432;
const DEFAULT_CONNECTIONS = 4;

/**
 * Which database: the option, else PostgreSQL if PGHOST, PGUSER, PGDATABASE and PGPASSWORD are all set (PGPORT is
 * optional), else SQLite at BSKY_SQLITE_FILENAME, else `skylex.db` in the working directory. Opens nothing.
 *
 * @throws StorageError `configuration` for settings that make no sense
 */
export function chooseDatabase(option: DatabaseOption | undefined, env: Environment, cwd: string): DatabaseChoice {
  if (typeof option === "string") return /^postgres(?:ql)?:\/\//i.test(option) ? fromUrl(option) : sqlite(option, cwd);
  if (option && "sqlite" in option) return sqlite(option.sqlite, cwd);
  if (option && "postgres" in option) {
    return typeof option.postgres === "string" ? fromUrl(option.postgres) : postgres(option.postgres);
  }
  if (option) return { kind: "shared", connection: option, location: "the given connection" };
  const { PGHOST: host, PGUSER: user, PGDATABASE: database, PGPASSWORD, PGPORT } = env;
  const password = withoutNewline(PGPASSWORD ?? "");
  if (host && user && database && password) {
    return postgres({ host, user, database, password, port: PGPORT ? portNumber(PGPORT) : DEFAULT_PORT });
  }
  return sqlite(env["BSKY_SQLITE_FILENAME"] || DEFAULT_FILE, cwd);
}

function sqlite(file: string, cwd: string): DatabaseChoice {
  if (file === "") throw misconfigured("The name of the SQLite file is empty. Give a path, or `:memory:`.");
  // A URL may hold a password, and a file of its name would be made and shown. A drive's letter is one character.
  if (/^[a-z][\w+.-]+:\/\//i.test(file)) {
    throw misconfigured(
      "The database is given as a URL of a kind that skylex does not know. Give postgres://user:password@host:port/database, or the path of an SQLite file.",
    );
  }
  if (file === ":memory:") return { kind: "sqlite", file, location: file };
  // Resolved at once: a later change of the working directory must not lead to another file.
  const path = process.getBuiltinModule("node:path").resolve(cwd, file);
  return { kind: "sqlite", file: path, location: path };
}

function postgres(given: PostgresSettings): DatabaseChoice {
  // What is given as undefined is not given.
  const settings = {
    ...given,
    port: checkedPort(given.port ?? DEFAULT_PORT),
    maxConnections: checkedConnections(given.maxConnections ?? DEFAULT_CONNECTIONS),
  };
  return { kind: "postgresql", settings, location: `${settings.host}:${settings.port}/${settings.database}` };
}

function fromUrl(text: string): DatabaseChoice {
  // The text may hold a password, so neither it nor the parser's own error may be shown.
  if (!URL.canParse(text)) throw unreadableUrl();
  const url = new URL(text);
  const chosen = postgres({
    // The brackets of an IPv6 address belong to the URL, not to the address.
    host: decoded(url.hostname).replace(/^\[(.*)\]$/, "$1") || "localhost",
    port: url.port ? portNumber(url.port) : DEFAULT_PORT,
    user: decoded(url.username) || "postgres",
    password: decoded(url.password),
    database: decoded(url.pathname.slice(1)) || "postgres",
  });
  // Parameters such as sslmode are the driver's to understand, so it gets the URL as well.
  return chosen.kind === "postgresql" && url.search
    ? { ...chosen, settings: { ...chosen.settings, url: text } }
    : chosen;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // The error of the platform shows the part, which may be the password.
    throw unreadableUrl();
  }
}

function unreadableUrl(): StorageError {
  return misconfigured(
    "The PostgreSQL URL cannot be read. Its form is postgres://user:password@host:port/database. Write a percent sign in the user or password as %25.",
  );
}

const portNumber = (text: string): number => checkedPort(Number(text), text);

function checkedPort(port: number, said: string | number = port): number {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw misconfigured(`The port of PostgreSQL (PGPORT) is not a port number: ${JSON.stringify(said) ?? "undefined"}.`);
}

function checkedConnections(count: number): number {
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw misconfigured("maxConnections must be a whole number from 1 on.");
}

function misconfigured(message: string): StorageError {
  return new StorageError(message, { code: "configuration" });
}
