/**
 * Imports a module and prints what that loads, as JSON: `files`, CommonJS ones too, and `builtIns`, the parts of Node that
 * were not there before.
 */
import { registerHooks } from "node:module";

const [url] = process.argv.slice(2);
const files = new Set();
registerHooks({
  load(file, context, nextLoad) {
    if (file.startsWith("file:")) files.add(file);
    return nextLoad(file, context);
  },
});
const before = new Set(process.moduleLoadList);
await import(url);
const builtIns = process.moduleLoadList
  .filter((name) => !before.has(name))
  .map((name) => /^NativeModule (.*)$/.exec(name)?.[1])
  .filter((name) => name !== undefined);
process.stdout.write(JSON.stringify({ files: [...files], builtIns }));
