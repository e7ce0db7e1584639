#!/usr/bin/env node
import { enableCompileCache } from "node:module";

enableCompileCache();
const { Command } = await import("commander");
const { addTail } = await import("./tail.ts");
const { version } = await import("../version.ts");

const program = new Command("skylex")
  .description("Bluesky and atproto from the terminal")
  .version(version)
  .showHelpAfterError("Run skylex --help to see what there is.");
addTail(program);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
  process.exitCode = 1;
}
