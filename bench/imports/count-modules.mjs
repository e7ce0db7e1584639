/** Prints how many module files an import loads, CommonJS ones too. */
import { registerHooks } from "node:module";

const loaded = new Set();
registerHooks({
  load(url, context, nextLoad) {
    if (url.startsWith("file:")) loaded.add(url);
    return nextLoad(url, context);
  },
});
await import(process.argv[2]);
loaded.delete(process.argv[2]);
process.stdout.write(String(loaded.size));
