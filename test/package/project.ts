import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const root = join(import.meta.dirname, "../..");

/** Runs a program and gives what it prints; throws with everything it said if it fails. */
export function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** A folder of files below a project, which sees what the project has installed. */
export class Project {
  readonly folder: string;

  constructor(base: string, name: string) {
    this.folder = join(base, name);
    this.write("package.json", JSON.stringify({ name, private: true, type: "module" }));
    for (const file of ["smoke.mjs", "server.mjs"]) copyFileSync(join(import.meta.dirname, file), this.path(file));
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** Runs a file of the folder. */
  node(file: string, ...args: readonly string[]): string {
    return run(process.execPath, [file, ...args], this.folder);
  }

  /** Runs a program that is given as text, and reads the JSON it prints. */
  program(text: string): unknown {
    this.write("program.mjs", text);
    return JSON.parse(this.node("program.mjs"));
  }

  /** Installs a package for the files of this folder alone. */
  install(specifier: string): void {
    run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", specifier], this.folder);
  }

  /** Type-checks files of the folder and gives what the compiler says. */
  check(files: readonly string[], options: object = {}, compiler = join(root, "node_modules/typescript")): string {
    const compilerOptions = {
      module: "nodenext",
      target: "es2024",
      strict: true,
      noEmit: true,
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      ...options,
    };
    this.write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
    return run(process.execPath, [join(compiler, "bin/tsc"), "-p", "."], this.folder);
  }
}
