import { styleText } from "node:util";
import { exitCodes } from "./exit-codes.ts";
import { escapeControls } from "../core/control-characters.ts";
import { printable } from "./output.ts";
import { inTerminalWords, refusalInTerminalWords } from "./wording.ts";

/** The command line asks for something that makes no sense. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Nobody is logged in, and somebody must be. The library says it by the same name. */
export class NotAuthenticatedError extends Error {
  override readonly name = "NotAuthenticatedError";
}

/** In which database, as the command line names it, the row of a failed call is; `false`: in none that is left. */
const databases = new WeakMap<object, string | false>();

/** Remembers where the row of an error is. */
export function noteDatabase(error: unknown, database: string | false | undefined): void {
  if (typeof error === "object" && error !== null && database !== undefined) databases.set(error, database);
}

/** What an error says of itself: those of the library by their names, since loading it only to ask would be dear. */
interface Described {
  readonly name: string;
  readonly message: string;
  readonly error?: unknown;
  readonly logId?: unknown;
  readonly code?: unknown;
}

/** What to do next, in words of the command line; messages of the library speak of its methods. */
const advice: Readonly<Record<string, string>> = {
  NotAuthenticatedError: "Log in: skylex login. skylex accounts shows who is; --account chooses one.",
  SessionError: "Log in again: skylex login. skylex accounts shows who is logged in.",
  AuthenticationError: "Check the name and the (app) password, then: skylex login.",
  InsufficientScopeError: "Log in with a password that may: skylex login --fresh.",
  AuthFactorTokenRequiredError: "The code is in an e-mail of the server: skylex login --code CODE.",
  RateLimitExceededError: "skylex budget shows what is used and when there is room again.",
  NetworkError: "skylex doctor tells what can be reached.",
  UnsettledError: "Look at the record before you write it again.",
};

/** A session that is stored would be found again by a login that is not fresh. */
const SESSION_REFUSED = "The server does not take the stored session: skylex login --fresh makes another.";

const KEY_CHANGED =
  "In the terminal: skylex login --fresh stores another session in its place, skylex logout deletes it.";

/** What to do about an error, where anything is known to help. */
export function adviceFor(error: unknown): string | undefined {
  const { name, error: serverName, code } = described(error);
  if (code === "wrong-key" || code === "missing-key") return KEY_CHANGED;
  const isToken = serverName === "ExpiredToken" || serverName === "InvalidToken";
  return name === "AuthenticationError" && isToken ? SESSION_REFUSED : advice[name];
}

/** Writes an error to standard error: its name, its message, and what to do next. A stack only for those who ask for it. */
export function tell(error: unknown): void {
  const { name, message, logId } = described(error);
  const said = name === "ValidationError" ? refusalInTerminalWords(message) : inTerminalWords(message);
  writePrefixed("red", name, name === "UsageError" ? message : said);
  const stack = error instanceof Error && process.env["SKYLEX_LOG_LEVEL"] === "debug" ? error.stack : undefined;
  if (stack !== undefined) for (const line of stack.split("\n").filter((one) => /^ +at /.test(one))) write(line);
  const next = adviceFor(error);
  if (next !== undefined) write(next);
  const database = typeof error === "object" && error !== null ? databases.get(error) : undefined;
  if (typeof logId !== "number" || database === false) return;
  const where = database === undefined || database.includes("://") ? "" : ` --database ${database}`;
  write(`skylex log show ${logId}${where} shows the call.`);
}

/** Writes a warning to standard error. */
export const warn = (message: string): void => writePrefixed("yellow", "Warning", inTerminalWords(message));

/** Writes what the command line is wrong in, as the parser of it says. */
export const tellWrongUse = (message: string): void => writePrefixed("red", "UsageError", message);

export function exitCodeOf(error: unknown): number {
  const { name } = described(error);
  return name === "UsageError" || name === "ValidationError" ? exitCodes.usage : exitCodes.failed;
}

function described(error: unknown): Described {
  if (error instanceof Error) return error;
  return { name: "Error", message: String(error) };
}

/** Every message begins in the same way: what it is, a colon, and one line. */
function writePrefixed(colour: "red" | "yellow", name: string, message: string): void {
  write(`${styleText(colour, escapeControls(name), { stream: process.stderr })}: ${escapeControls(message)}`);
}

function write(text: string): void {
  // Where standard error is a pipe that nobody reads, there is nobody to be told so.
  if (process.stderr.listenerCount("error") === 0) process.stderr.on("error", () => undefined);
  process.stderr.write(`${printable(text)}\n`);
}
