import { SkylexError } from "./skylex-error.ts";

/** What went wrong with storage, for code to tell apart. */
export type StorageErrorCode =
  /** The file, its folder or the server allows no writing */
  | "read-only"
  | "disk-full"
  /** Damaged, or not a database at all */
  | "corrupt"
  /** The file cannot be opened, the server not be reached */
  | "unreachable"
  /** The server does not accept the user or password, or the user lacks a right */
  | "access-denied"
  /** The server has no such database */
  | "no-database"
  /** Another writer or lock holder did not finish in time, or the server has no connection left */
  | "busy"
  /** An exclusive section ended early: somebody else may be inside */
  | "lock-lost"
  /** Tokens were encrypted with another key, or changed */
  | "wrong-key"
  /** Tokens are encrypted and no key is set */
  | "missing-key"
  /** Tables of these names exist and were made by something else */
  | "foreign-schema"
  /** A newer version of skylex made or changed the tables */
  | "newer-schema"
  /** A package that is needed for this database is not installed */
  | "missing-package"
  /** Settings that make no sense */
  | "configuration"
  | "closed"
  | "unexpected";

export interface StorageErrorOptions extends ErrorOptions {
  readonly code: StorageErrorCode;
  /** File name, or `host:port/database` */
  readonly location?: string;
}

/**
 * Storage failed. The message says what went wrong, where, and what to do next; it and the cause never hold a token,
 * a key or a password.
 */
export class StorageError extends SkylexError {
  override readonly name = "StorageError";
  /** What went wrong, for code to tell apart */
  readonly code: StorageErrorCode;
  /** File name, or `host:port/database`; `undefined` where that is not known */
  readonly location: string | undefined;

  constructor(message: string, options: StorageErrorOptions) {
    super(message, options);
    this.code = options.code;
    this.location = options.location;
  }
}
