// Preloaded into measured processes, which would lose their own account of CPU and memory at exit. CommonJS, because a preloaded ES module costs more than some of what is measured.
const { isMainThread } = require("node:worker_threads");

const file = process.env.BENCH_USAGE_FILE;
if (file !== undefined && isMainThread) {
  const { appendFileSync } = require("node:fs");
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const row = { user: userCPUTime / 1e6, system: systemCPUTime / 1e6, memory: maxRSS / 1024 };
    appendFileSync(file, `${JSON.stringify(row)}\n`);
  });
}
