import { beforeAll, describe, expect, test } from "vitest";
import { feedCases, graphCases, notificationCases } from "./appview-endpoints.ts";
import { repoCases, serverCases } from "./pds-endpoints.ts";
import { publicCases } from "./public-endpoints.ts";
import type { RawAnswer } from "./lexicon-check.ts";
import { seedWorld, type Cases, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await seedWorld();
  if (world.witness.violations.length > 0) throw new Error(world.witness.violations.join("\n"));
});

/** The data of an answer as the wire form alone gives it. None of these answers holds `$bytes`. */
function plainData({ encoding, body }: RawAnswer): unknown {
  if (encoding !== "application/json") return body.length === 0 ? undefined : body;
  return JSON.parse(new TextDecoder().decode(body));
}

const covered = new Set<string>();

/** Runs each endpoint, and holds its data against the wire and the wire against the lexicon. */
function check(cases: Cases): void {
  test.each(Object.entries(cases))("%s", async (nsid, call) => {
    const { answers, violations } = world.witness;
    const before = answers.length;
    violations.length = 0;
    const data = await call(world);
    const own = answers.slice(before).findLast((answer) => answer.nsid === nsid);
    if (own === undefined) throw new Error(`${nsid} was not asked, or refused.`);
    expect(violations).toEqual([]);
    expect(data).toEqual(plainData(own));
    covered.add(nsid);
  });
}

describe.each([
  ["accounts and sessions on the PDS", serverCases],
  ["repositories on the PDS", repoCases],
  ["actors and feeds on the AppView, through the PDS", feedCases],
  ["the graph on the AppView, through the PDS", graphCases],
  ["what only the account itself may see", notificationCases],
  ["the AppView, asked by nobody in particular", publicCases],
])("%s", (_, cases) => {
  check(cases);
});

test("at least 80 different endpoints answered as their lexicons promise", () => {
  expect(covered.size).toBeGreaterThanOrEqual(80);
});
