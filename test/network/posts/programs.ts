import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("program.ts", import.meta.url));

export interface ProgramSettings {
  readonly service: string;
  readonly accessToken: string;
  readonly storage: string;
  readonly text: string;
  readonly key: string;
}

/** What became of its post. */
export interface Outcome {
  readonly uri?: string;
  readonly cid?: string;
  readonly existing?: boolean;
  readonly error?: string;
  readonly message?: string;
}

export interface Program {
  readonly child: ChildProcess;
  /** Tells it to post; gives what it printed, nothing if it was killed */
  go(): Promise<Outcome>;
}

/** Starts `program.ts` and waits until it has opened its database. */
export async function startProgram(settings: ProgramSettings): Promise<Program> {
  const env = { ...process.env, PROGRAM: JSON.stringify(settings) };
  const child = spawn(process.execPath, ["--conditions=skylex-source", SCRIPT], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let written = "";
  const ended = once(child, "close");
  const ready = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk) => {
      written += String(chunk);
      if (written.startsWith("ready\n")) resolve();
    });
  });
  await Promise.race([ready, ended]);
  return {
    child,
    async go() {
      child.stdin.write("go\n");
      await ended;
      return JSON.parse(written.replace("ready\n", "").trim() || "{}") as Outcome;
    },
  };
}
