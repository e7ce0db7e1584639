#!/usr/bin/env node
// Nothing that an older Node lacks is named in an import, so that it comes as far as the message.
import nodeModule from "node:module";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 17)) {
  process.stderr.write(
    `UsageError: skylex needs Node 22.17 or newer, and this is ${process.version}. Install a newer one: https://nodejs.org\n`,
  );
  process.exitCode = 1;
} else {
  nodeModule.enableCompileCache();
  const { run } = await import("./run.ts");
  process.exitCode = await run(process.argv.slice(2));
}
