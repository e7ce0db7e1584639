import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { newWriter, type Writer } from "./world.ts";

const program = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

const start = (...args: readonly string[]) =>
  spawn(process.execPath, ["--conditions=skylex-source", program, ...args], { stdio: "pipe" });

const exit = (child: ReturnType<typeof start>): Promise<number | null> =>
  new Promise((resolve) => child.once("close", resolve));

function skylex(...args: readonly string[]) {
  const child = start(...args);
  return { child, result: Promise.all([text(child.stdout), text(child.stderr), exit(child)]) };
}

describe("skylex tail", () => {
  const { pds } = inject("network");
  let writer: Writer;
  beforeAll(async () => {
    writer = await newWriter();
    await writer.write(6, "tailed");
  });
  afterAll(() => writer.close());

  it("prints the changes of a kind of record, for people and as JSON", async () => {
    const args = ["tail", "--service", pds, "--cursor", "0", "--did", writer.did, "--collection", "app.bsky.feed.post"];
    const [people, complaints, code] = await skylex(...args, "--limit", "6").result;
    expect([complaints, code]).toEqual(["", 0]);
    const lines = people.trim().split("\n");
    expect(lines).toHaveLength(6);
    for (const line of lines) {
      expect(line).toMatch(/^\S+Z create {5}at:\/\/did:plc:\w+\/app\.bsky\.feed\.post\/\w+ {2}tailed \d$/);
    }
    const [json] = await skylex(...args, "--limit", "6", "--json").result;
    const ops = json
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(ops.map(({ record }) => (record as { text: string }).text).toSorted()).toEqual(
      Array.from({ length: 6 }, (_, number) => `tailed ${number}`),
    );
    expect(ops[0]).toMatchObject({ repo: writer.did, action: "create", seq: expect.any(Number) });
  });

  it("ends in good order when it is interrupted, or when nobody reads any more", async () => {
    const { child, result } = skylex("tail", "--service", pds, "--cursor", "0", "--json");
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill("SIGINT");
    expect((await result).slice(1)).toEqual(["", 130]);
    const unread = start("tail", "--service", pds, "--cursor", "0", "--json");
    await new Promise((resolve) => unread.stdout.once("data", resolve));
    unread.stdout.destroy();
    const ended = exit(unread);
    await writer.write(3, "unread");
    expect(await ended).toBe(0);
  });

  it("says what is wrong", async () => {
    const [, complaint, code] = await skylex("tail", "--service", pds, "--cursor", "99999999").result;
    expect(complaint).toMatch(/^StreamError: .*FutureCursor/m);
    expect(code).toBe(1);
    expect((await skylex("tail", "--cursor", "x").result)[1]).toMatch(/"x" is not a whole number/);
    expect((await skylex("tail", "--help").result)[0]).toMatch(/Examples:/);
  });
});
