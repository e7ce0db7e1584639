import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Command } from "commander";
import type { Client } from "../../index.ts";
import { version } from "../../version.ts";
import { examples } from "../arguments.ts";
import { type ClientFlags, clientFlags, nameOf, plainName, withClient } from "../client.ts";
import { counted } from "../../core/counted.ts";
import { wrapHanging } from "../draw/columns.ts";
import { exitCodes } from "../exit-codes.ts";
import { interrupt } from "../interrupt.ts";
import { adviceFor } from "../print-error.ts";
import { packageFolder } from "../lexicons.ts";
import { oneLine, print, printJson } from "../output.ts";
import { style, tableWidth } from "../terminal.ts";

/** `fault`: something does not work. `lack`: something is not there that not everybody needs. */
interface Finding {
  readonly check: string;
  readonly state: "ok" | "lack" | "fault";
  readonly found: string;
  /** What to do */
  readonly next?: string;
}

/** Clocks that differ by more than this, in ms, make tokens look expired or not yet valid. */
const CLOCK = 60_000;
/** Cells before what was found. */
const INDENT = 12;
/** How long a server may take, in ms. */
const PATIENCE = 10_000;

export function define(command: Command): void {
  clientFlags(command).action(doctor);
  command.addHelpText(
    "after",
    "\nExits with 1 if something that is needed does not work; what is merely not installed is no fault.",
  );
  examples(command, [
    ["skylex doctor", ""],
    ["skylex doctor --service https://pds.example.com --json | jq '.findings[] | select(.state != \"ok\")'", ""],
  ]);
}

async function doctor(flags: ClientFlags): Promise<void> {
  const named = flags.account ?? (process.env["BSKY_AUTH_USERNAME"] || undefined);
  const { FFMPEG_PATH, FFPROBE_PATH } = process.env;
  const beside = FFMPEG_PATH ? [join(dirname(FFMPEG_PATH), "ffprobe")] : [];
  const findings = [
    nodeVersion(),
    // As nobody: a check must not log in.
    ...(await withClient({ ...flags, account: false }, "none", async (client) => [
      await database(client, flags),
      await sessions(client, named),
      ...(await reach(client, flags)),
    ])),
    await program("ffmpeg", [FFMPEG_PATH || "ffmpeg"], "videos can be converted"),
    await program("ffprobe", [FFPROBE_PATH || "ffprobe", ...beside], "videos that are no MP4 can be described"),
    await pictures(),
  ];
  const isWell = findings.every(({ state }) => state !== "fault");
  if (!isWell) process.exitCode = exitCodes.failed;
  if (flags.json) return printJson({ skylex: version, ok: isWell, findings });
  const signs = { ok: style("green", "✓"), lack: style("yellow", "–"), fault: style("red", "✗") };
  for (const { check, state, found, next } of findings) {
    const lines = wrapHanging(`${signs[state]} ${check.padEnd(9)} ${oneLine(found)}`, tableWidth(), INDENT);
    const after = next === undefined ? [] : wrapHanging(" ".repeat(INDENT) + oneLine(next), tableWidth(), INDENT);
    for (const line of lines) await print(line);
    for (const line of after) await print(style("dim", line));
  }
}

function nodeVersion(): Finding {
  const text = readFileSync(join(packageFolder(), "package.json"), "utf8");
  const { engines } = JSON.parse(text) as { readonly engines: { readonly node: string } };
  const [major = 0, minor = 0] = engines.node.replace(/^\D*/, "").split(".").map(Number);
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split(".").map(Number);
  const isNew = ownMajor > major || (ownMajor === major && ownMinor >= minor);
  const found = `${process.version}, ${process.platform} ${process.arch}, skylex ${version}`;
  if (isNew) return { check: "Node", state: "ok", found };
  return { check: "Node", state: "fault", found, next: `skylex needs Node ${engines.node}: https://nodejs.org` };
}

async function database(client: Client, { database: where }: ClientFlags): Promise<Finding> {
  const check = "database";
  if (where === false) return { check, state: "lack", found: "none, by --no-database: nothing is kept" };
  try {
    const { kind, location, exists, pending } = await client.database.status();
    if (!exists)
      return { check, state: "ok", found: `${location} (${kind}) is not there yet; the first call makes it` };
    const found = `${location} (${kind})`;
    if (pending.length === 0) return { check, state: "ok", found: `${found}, up to date` };
    const next = "The next call runs them by itself, or: skylex migrate";
    return {
      check,
      state: "ok",
      found: `${found}, ${counted(pending.length, "migration")} ${pending.length === 1 ? "is" : "are"} missing`,
      next,
    };
  } catch (error) {
    return {
      check,
      state: "fault",
      found: textOf(error),
      next: "--database, PG* or BSKY_SQLITE_FILENAME name another.",
    };
  }
}

async function sessions(client: Client, named: string | false | undefined): Promise<Finding> {
  const check = "session";
  try {
    const stored = (await client.database.status()).exists ? await client.sessions.list() : [];
    const plain = typeof named === "string" ? plainName(named) : undefined;
    const [one, ...others] = stored.filter(
      ({ did, handle, identifier }) => plain === undefined || [did, handle, identifier].includes(plain),
    );
    if (one === undefined)
      return {
        check,
        state: "lack",
        found: plain === undefined ? "nobody is logged in" : `${plain} is not logged in`,
        next: "skylex login",
      };
    if (others.length > 0) {
      const names = [one, ...others].map(({ handle, did }) => handle ?? did).join(", ");
      return { check, state: "ok", found: `${names} are logged in; --account checks one of them` };
    }
    const own = client.with({ account: nameOf(one), timeout: PATIENCE });
    const { handle, did } = await own.com.atproto.server.getSession();
    return { check, state: "ok", found: `${handle} (${did}) at ${await own.pds()}` };
  } catch (error) {
    const next = adviceFor(error);
    return { check, state: "fault", found: textOf(error), ...(next !== undefined && { next }) };
  }
}

/** Whether the server answers, and what time it has. */
async function reach(
  client: Client,
  { service = "https://public.api.bsky.app" }: ClientFlags,
): Promise<readonly Finding[]> {
  const check = "network";
  try {
    const started = Date.now();
    const answer = await fetch(new URL("/xrpc/_health", service), {
      signal: AbortSignal.any([interrupt, AbortSignal.timeout(PATIENCE)]),
    });
    await answer.arrayBuffer();
    const now = Date.now();
    const found = `${service} answers ${answer.status} within ${now - started} ms`;
    return [{ check, state: answer.status < 500 ? "ok" : "fault", found }, clock(answer.headers.get("date"), now)];
  } catch (error) {
    const next =
      "Check the connection, a proxy or firewall in between, and the address. --service names another server.";
    return [{ check, state: "fault", found: `${service} cannot be reached: ${textOf(error)}`, next }];
  }
}

function clock(date: string | null, now: number): Finding {
  const check = "clock";
  const server = Date.parse(date ?? "");
  if (Number.isNaN(server)) return { check, state: "lack", found: "the server does not say what time it is" };
  const off = Math.round((now - server) / 1000);
  const found =
    Math.abs(off) <= 1 ? "as the server's" : `${Math.abs(off)} s ${off > 0 ? "ahead of" : "behind"} the server's`;
  if (Math.abs(now - server) <= CLOCK) return { check, state: "ok", found };
  return {
    check,
    state: "fault",
    found,
    next: "Set the clock of this machine: tokens look expired, or not yet valid, by a wrong one.",
  };
}

/** A program that the library starts, by the first of its names that works; and the package that starts it. */
async function program(check: string, [command = "", ...others]: readonly string[], what: string): Promise<Finding> {
  const need = `Only if ${what.replace("can be", "are to be")}:`;
  try {
    const { stdout } = await promisify(execFile)(command, ["-version"], { timeout: PATIENCE });
    const [, number = "of an unknown version"] = /version (\S+)/.exec(stdout) ?? [];
    if (isInstalled("fluent-ffmpeg")) return { check, state: "ok", found: `${number}: ${what}` };
    const found = `${number}, but fluent-ffmpeg, which starts it, is not installed`;
    return { check, state: "lack", found, next: `${need} npm install fluent-ffmpeg` };
  } catch {
    if (others.length > 0) return program(check, others, what);
    return {
      check,
      state: "lack",
      found: "not there",
      next: `${need} install ffmpeg, or set ${check.toUpperCase()}_PATH.`,
    };
  }
}

function isInstalled(name: string): boolean {
  try {
    return import.meta.resolve(name) !== "";
  } catch {
    return false;
  }
}

async function pictures(): Promise<Finding> {
  const check = "sharp";
  try {
    const { default: sharp } = await import("sharp");
    return { check, state: "ok", found: `${sharp.versions["sharp"] ?? ""}: pictures can be made to fit`.trim() };
  } catch (error) {
    const [why = ""] = textOf(error).split("\n");
    return {
      check,
      state: "lack",
      found: `sharp cannot be loaded: ${why}`,
      next: "Only if pictures are to be posted: npm install sharp",
    };
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
