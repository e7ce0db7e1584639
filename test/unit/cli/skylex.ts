import { spawn, type ChildProcessByStdio } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export const program = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

/** What `node` is given to run the command from its sources. */
export const argv = ["--conditions=skylex-source", program];

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder of its own, in which commands run: with a database, and nobody's environment. */
export class Shell {
  readonly folder = mkdtempSync(join(tmpdir(), "skylex-cli-"));
  /** Everything that any command has written */
  written = "";

  start(args: readonly string[], env: RunOptions["env"] = {}): ChildProcessByStdio<Writable, Readable, Readable> {
    return spawn(process.execPath, [...argv, ...args], { cwd: this.folder, stdio: "pipe", env: this.environment(env) });
  }

  environment(env: RunOptions["env"] = {}): NodeJS.ProcessEnv {
    // Where CI is set, Node takes terminals for colourless.
    const { NO_COLOR: _no, FORCE_COLOR: _force, CI: _ci, ...own } = process.env;
    return { ...own, BSKY_SQLITE_FILENAME: "cli.db", ...env };
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], { input = "", env = {} }: RunOptions = {}): Promise<Run> {
    const child = this.start(args, env);
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const ended = new Promise<number | null>((resolve) => void child.once("close", resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    this.written += stdout + stderr;
    return { stdout, stderr, code };
  }

  /** Runs a command that must succeed, and gives what it printed. */
  async print(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, code } = await this.run(args);
    if (code !== 0) throw new Error(`skylex ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** The one JSON document of a command that must succeed. */
  async json<Value>(...args: readonly string[]): Promise<Value> {
    return JSON.parse(await this.print(...args, "--json")) as Value;
  }

  /** The JSON lines of a command that must succeed. */
  async lines<Value>(...args: readonly string[]): Promise<Value[]> {
    return linesOf<Value>(await this.print(...args, "--json"));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const linesOf = <Value>(output: string): Value[] =>
  output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Value);
