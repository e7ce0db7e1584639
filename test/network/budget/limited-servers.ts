/**
 * Two official PDSes that limit what accounts write: `full` as in production, `quick` with few points that come back in
 * seconds. Prints one line with their URLs and runs until its standard input ends.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const QUICK = { points: 7, duration: 3 };

const folder = mkdtempSync(join(tmpdir(), "skylex-limits-"));
// The servers look up the temporary folder when they are loaded.
process.env["TMPDIR"] = folder;
console.log = console.error;
const { TestPds, TestPlc } = await import("@atproto/dev-env");
const { RateLimiter } = await import("@atproto/xrpc-server");
const { freePort } = await import("../../support/servers/ports.ts");
const { listenOnLoopback } = await import("../../support/servers/servers.ts");

const restoreListen = listenOnLoopback();
const plc = await TestPlc.create({});
const quickPort = await freePort();
const start = (port: number) => TestPds.create({ didPlcUrl: plc.url, port, rateLimitsEnabled: true });
const full = await start(await freePort());
const quick = await start(quickPort);
restoreListen();

interface Limiter {
  readonly limiter: { readonly keyPrefix: string; points: number; duration: number };
}
type Consume = (this: Limiter, context: { req?: { socket: { localPort?: number } } }, options: unknown) => unknown;
const consume = Reflect.get(RateLimiter.prototype, "consume") as Consume;
/** The real limiter, which reads its size anew for every request. */
const consumeQuickly: Consume = function (context, options) {
  if (this.limiter.keyPrefix.includes("repo-write-hour") && context.req?.socket.localPort === quickPort) {
    Object.assign(this.limiter, QUICK);
  }
  return consume.call(this, context, options);
};
Reflect.set(RateLimiter.prototype, "consume", consumeQuickly);

process.stdout.write(`${JSON.stringify({ full: full.url, quick: quick.url })}\n`);
process.stdin
  .once("end", () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    process.exit();
  })
  .resume();
