import { afterAll, beforeAll, expect, test } from "vitest";
import { checkAll } from "./checks/index.ts";
import type { Evidence } from "./evidence.ts";
import { sabotages } from "./sabotage.ts";
import { torture } from "./torture.ts";

/** A failed run is repeated, as far as processes can be, with the seed it names. */
const seed = Number(process.env["TORTURE_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const KILLS = 8;
/** Of each of the eight workers */
const OPERATIONS = 40;

let evidence: Evidence;

beforeAll(async () => {
  // The limit of time is for a machine that is far too slow: what ends the work is its count.
  evidence = await torture({ seed, operations: OPERATIONS, kills: KILLS, duration: 240_000, leaseMs: 6000 });
}, 600_000);

afterAll(() => evidence.close());

test(`8 processes on 2 databases, ${KILLS} kills, one request in ten fails: nothing is lost, doubled or told (TORTURE_SEED=${seed})`, async () => {
  const { violations, figures } = await checkAll(evidence);
  expect(violations).toEqual([]);
  expect(evidence.kills).toHaveLength(KILLS);
  expect(evidence.proxy.log.filter(({ fault }) => fault !== undefined).length).toBeGreaterThan(20);
  expect(figures["records"]).toBeGreaterThan(100);
  expect(figures["delivered"]).toBeGreaterThan(100);
  expect(figures["secrets"]).toBeGreaterThan(60);
});

test("the checks find each promise broken that is broken on purpose", async () => {
  const expected: [name: string, what: RegExp][] = [];
  for (const [name, sabotage] of Object.entries(sabotages)) expected.push([name, await sabotage(evidence)]);
  const { violations } = await checkAll(evidence);
  const missed = expected.filter(([, pattern]) => !violations.some(({ what }) => pattern.test(what)));
  expect(missed).toEqual([]);
}, 120_000);
