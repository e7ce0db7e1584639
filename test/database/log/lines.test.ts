import { expect, onTestFinished, test, vi } from "vitest";
import { Client } from "../../../src/client/client.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { refusal, scriptedFetch } from "../../support/fakes/scripted-fetch.ts";
import { FakeClock } from "../../support/fakes/fake-clock.ts";

const clientWith = (options: ConstructorParameters<typeof Client>[0] = {}): Client =>
  new Client({
    storage: new MemoryStorage(),
    fetch: scriptedFetch(refusal(400, "NotFound")),
    clock: new FakeClock(),
    ...options,
  });
const fail = (client: Client): Promise<unknown> => client.app.bsky.actor.getProfile({ actor: "a" }).result();

test("A7.13 a logger whose methods need their `this`, as pino's do, gets the two lines", async () => {
  class Pino {
    readonly lines: string[] = [];
    debug(line: string): void {
      this.lines.push(`debug ${line}`);
    }
    info(line: string): void {
      this.lines.push(`info ${line}`);
    }
    warn(line: string): void {
      this.lines.push(`warn ${line}`);
    }
    error(line: string): void {
      this.lines.push(`error ${line}`);
    }
  }
  const logger = new Pino();
  await fail(clientWith({ logger }));
  expect(logger.lines).toEqual([
    expect.stringMatching(/^error 400 NotFound - /),
    "error All that is known of the call: await client.log.get(1)",
  ]);
});

const broken = (): never => {
  throw new Error("the disk of the log is full");
};

test("a logger that throws fails no call and hides no error", async () => {
  const logger = { debug: broken, info: broken, warn: broken, error: broken };
  expect(await fail(clientWith({ logger }))).toMatchObject({ ok: false, error: { error: "NotFound", logId: 1 } });
});

test("A7.13 without a logger, lines go to standard error with time and level", async () => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  await fail(clientWith());
  expect(write.mock.calls.map(([line]) => line)).toEqual([
    expect.stringMatching(/^2026-01-01 00:00:00 - ERROR - 400 NotFound - .*\n$/),
    "2026-01-01 00:00:00 - ERROR - All that is known of the call: await client.log.get(1)\n",
  ]);
});

test("SKYLEX_LOG_LEVEL is read when a client is made; the option wins, and what is no level is ignored", async () => {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => {
    write.mockRestore();
    vi.unstubAllEnvs();
  });
  const heard = async (env: string, options = {}): Promise<number> => {
    vi.stubEnv("SKYLEX_LOG_LEVEL", env);
    write.mockClear();
    const client = clientWith({ fetch: scriptedFetch(Response.json({})), ...options });
    vi.stubEnv("SKYLEX_LOG_LEVEL", "silent");
    await client.app.bsky.actor.getProfile({ actor: "a" });
    return write.mock.calls.length;
  };
  expect(await heard(" Debug ")).toBe(1);
  expect(await heard("debug", { logLevel: "warn" })).toBe(0);
  expect(await heard("loud")).toBe(0);
  expect(await heard("silent", { logLevel: "debug" })).toBe(1);
});
