import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Client } from "../../../src/index.ts";
import { startFaultProxy, type FaultProxy } from "../../support/servers/fault-proxy.ts";
import { newWriter } from "./world.ts";

const EVENTS = 500;
const CUT_EVERY = 200;
const PASSES = 26;

describe("a stream whose connection is cut", () => {
  const client = new Client({ storage: ":memory:", logLevel: "error" });
  let proxy: FaultProxy;
  let did: string;

  beforeAll(async () => {
    const writer = await newWriter();
    did = writer.did;
    await writer.write(EVENTS, "cut");
    await writer.close();
    proxy = await startFaultProxy(inject("network").pds);
  }, 120_000);
  afterAll(async () => {
    await client.close();
    await proxy.close();
  });

  it(
    `cut every ${CUT_EVERY} events, more than 50 times: every event once, in order`,
    { timeout: 120_000 },
    async () => {
      let cuts = 0;
      let reconnects = 0;
      for (let pass = 0; pass < PASSES; pass++) {
        const seqs: number[] = [];
        let mine = 0;
        const stream = client.com.atproto.sync.subscribeRepos(
          { cursor: 0 },
          { service: proxy.url, reconnect: { baseDelay: 5, maxDelay: 5 } },
        );
        stream.on("connect", (notice) => (reconnects += Math.sign(notice.reconnects)));
        for await (const event of stream) {
          seqs.push((event as { seq: number }).seq);
          if (seqs.length % CUT_EVERY === 0) {
            proxy.cutSockets();
            cuts++;
          }
          if ("repo" in event && event.repo === did && ++mine === EVENTS) break;
        }
        expect(new Set(seqs).size).toBe(seqs.length);
        expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
        expect(mine).toBe(EVENTS);
      }
      expect(cuts).toBeGreaterThan(50);
      expect(reconnects).toBeGreaterThan(50);
    },
  );
});
