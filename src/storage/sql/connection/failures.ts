import { StorageError, type StorageErrorCode } from "../../../core/errors/index.ts";

interface Advice {
  readonly code: StorageErrorCode;
  readonly what: string;
  readonly next: string;
}

const UNREACHABLE: Advice = {
  code: "unreachable",
  what: "PostgreSQL cannot be reached",
  next: "Check that it runs, and the host and port (PGHOST, PGPORT).",
};
const DENIED: Advice = {
  code: "access-denied",
  what: "PostgreSQL does not accept this user or password",
  next: "Check PGUSER and PGPASSWORD, and the user's right to connect.",
};
const BUSY: Advice = {
  code: "busy",
  what: "Another process kept the database locked for too long",
  next: "Look for one that holds a transaction open, and try again.",
};
const CORRUPT: Advice = {
  code: "corrupt",
  what: "The file is damaged or is not an SQLite database",
  next: "Restore it from a backup, or move it away or choose another file to start with an empty one.",
};
const READ_ONLY: Advice = {
  code: "read-only",
  what: "The database cannot be written",
  next: "Give this user write access to the file and to its folder (SQLite makes files beside it), or choose another file.",
};
const FULL: Advice = {
  code: "disk-full",
  what: "There is no room left for the database",
  next: "Free disk space, or delete old rows of the call log (prune).",
};

/** By SQLite's primary result codes; extended ones (SQLITE_READONLY_DIRECTORY ...) begin with them. */
const SQLITE: readonly (readonly [string, Advice])[] = [
  ["SQLITE_READONLY", READ_ONLY],
  ["SQLITE_PERM", READ_ONLY],
  ["SQLITE_FULL", FULL],
  ["SQLITE_CORRUPT", CORRUPT],
  ["SQLITE_NOTADB", CORRUPT],
  ["SQLITE_BUSY", BUSY],
  ["SQLITE_LOCKED", BUSY],
  [
    "SQLITE_CANTOPEN",
    {
      code: "unreachable",
      what: "The SQLite file cannot be opened",
      next: "Check that its folder exists and that this user may write there, or choose another file (BSKY_SQLITE_FILENAME).",
    },
  ],
  [
    "SQLITE_IOERR",
    { code: "unreachable", what: "Reading or writing the SQLite file failed", next: "Check the disk it is on." },
  ],
];

/** By SQLSTATE, or the first two digits of it, or the system's error code. */
const POSTGRES: Readonly<Record<string, Advice>> = {
  "08": UNREACHABLE,
  "57": UNREACHABLE,
  ECONNREFUSED: UNREACHABLE,
  ECONNRESET: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  EPIPE: UNREACHABLE,
  ENOENT: UNREACHABLE,
  "28": DENIED,
  "42501": {
    code: "access-denied",
    what: "The PostgreSQL user lacks a right on the schema or its tables",
    next: "Grant it CREATE on the schema, or have the owner run the migrations once and grant it the tables.",
  },
  "3D000": {
    code: "no-database",
    what: "PostgreSQL has no database of this name",
    next: "Create it (createdb), or check PGDATABASE.",
  },
  "25006": { ...READ_ONLY, next: "This PostgreSQL takes no writes (a replica?): connect to the primary." },
  "53100": FULL,
  "53300": {
    code: "busy",
    what: "PostgreSQL has no connection left",
    next: "Raise its max_connections, or lower the number of processes or their maxConnections.",
  },
  "40": BUSY,
  "55P03": BUSY,
  XX001: { ...CORRUPT, what: "PostgreSQL reports damaged data" },
  XX002: { ...CORRUPT, what: "PostgreSQL reports a damaged index" },
};

/** Failures the drivers report with a message only. */
const MESSAGES: readonly (readonly [RegExp, Advice])[] = [
  [
    /bindings file|NODE_MODULE_VERSION|ERR_DLOPEN/,
    {
      code: "missing-package",
      what: "better-sqlite3 has no binary for this version of Node",
      next: "Install it anew with the Node that runs it: npm rebuild better-sqlite3",
    },
  ],
  [/directory does not exist/, SQLITE.find(([code]) => code === "SQLITE_CANTOPEN")?.[1] ?? READ_ONLY],
  [
    /connection terminated|timeout exceeded when trying to connect|connection timeout|Client has encountered/i,
    UNREACHABLE,
  ],
  [/password must be a (non-empty )?string|SASL/i, DENIED],
];

/** Any failure below the stores -> the error their callers see. */
export function storageError(error: unknown, location: string): StorageError {
  if (error instanceof StorageError) return error;
  const { code, message, stack } = describe(error);
  const advice =
    SQLITE.find(([prefix]) => code.startsWith(prefix))?.[1] ??
    POSTGRES[code] ??
    (/^[0-9A-Z]{5}$/.test(code) ? POSTGRES[code.slice(0, 2)] : undefined) ??
    MESSAGES.find(([pattern]) => pattern.test(message))?.[1];
  const detail = [code, message].filter(Boolean).join(": ");
  const cause = new Error(detail);
  if (stack !== undefined) cause.stack = stack;
  if (!advice) {
    return new StorageError(`The database failed (${detail}) at ${location}.`, { code: "unexpected", location, cause });
  }
  return new StorageError(`${advice.what}: ${location} (${detail}). ${advice.next}`, {
    code: advice.code,
    location,
    cause,
  });
}

/**
 * Code and message of the innermost error. The error itself is not passed on: the ORM's carry the SQL with its values,
 * and PostgreSQL's `detail` whole rows, which may be tokens.
 */
function describe(error: unknown): { code: string; message: string; stack: string | undefined } {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  // A refused connection to a name with two addresses comes as one error for both, without a message of its own.
  if (inner instanceof AggregateError && inner.errors[0] instanceof Error) inner = inner.errors[0];
  const { code } = (inner ?? {}) as { readonly code?: unknown };
  const text = inner instanceof Error ? inner.message : "unknown error";
  return {
    code: typeof code === "string" ? code : "",
    message: text,
    stack: inner instanceof Error ? inner.stack : undefined,
  };
}
