/** Each consumer reads so many events from a server, with the records of their commits decoded, and tells when it has one. */

const recordsOf = ({ ops = [] }) => ops.filter(({ record }) => record !== undefined).length;

async function skylex(service, onEvent) {
  const { Client } = await import("skylex");
  const client = new Client({ storage: ":memory:", logLevel: "error" });
  const http = service.replace("ws", "http");
  for await (const event of client.com.atproto.sync.subscribeRepos({ cursor: 0 }, { service: http })) {
    if (onEvent(recordsOf(event))) return;
  }
}

async function skylexVerified(service, onEvent) {
  const { Client } = await import("skylex");
  const client = new Client({ storage: ":memory:", logLevel: "error" });
  const http = service.replace("ws", "http");
  const stream = client.com.atproto.sync.subscribeRepos({ cursor: 0 }, { service: http, verify: true });
  for await (const event of stream) if (onEvent(recordsOf(event))) return;
}

/** Its stream leaves commits to their reader: as its documentation does, the blocks by their CIDs, and each record decoded. */
const atcute = (validateEvents) => async (service, onEvent) => {
  const { FirehoseSubscription } = await import("@atcute/firehose");
  const { ComAtprotoSyncSubscribeRepos } = await import("@atcute/atproto");
  const { decode, fromBytes, toCidLink } = await import("@atcute/cbor");
  const { fromUint8Array } = await import("@atcute/car");
  const nsid = ComAtprotoSyncSubscribeRepos.mainSchema;
  for await (const event of new FirehoseSubscription({ service, nsid, validateEvents, params: { cursor: 0 } })) {
    let records = 0;
    if (event.$type === "com.atproto.sync.subscribeRepos#commit") {
      const blocks = new Map();
      for (const { cid, bytes } of fromUint8Array(fromBytes(event.blocks))) blocks.set(toCidLink(cid).$link, bytes);
      for (const op of event.ops) {
        const block = op.cid === null ? undefined : blocks.get(op.cid.$link);
        if (block !== undefined && decode(block) !== undefined) records++;
      }
    }
    if (onEvent(records)) return;
  }
};

/** It has one event for each change, and none for some messages. It checks hashes, and here no signatures. */
async function atprotoSync(service, onEvent) {
  const { Firehose } = await import("@atproto/sync");
  await new Promise((resolve, reject) => {
    const firehose = new Firehose({
      service,
      idResolver: {},
      unauthenticatedCommits: true,
      excludeIdentity: true,
      getCursor: () => 0,
      handleEvent: () => {
        if (onEvent(1)) resolve();
      },
      onError: reject,
    });
    void firehose.start();
  });
}

export const consumers = {
  skylex,
  "skylex, verify": skylexVerified,
  "@atcute/firehose, as it comes": atcute(true),
  "@atcute/firehose, unchecked": atcute(false),
  "@atproto/sync": atprotoSync,
};

if (process.argv[1] === import.meta.filename) {
  const [, , name, service, count] = process.argv;
  let seen = 0;
  let records = 0;
  let begin;
  // What comes before the first tenth is loading, connecting and warming up.
  const skipped = Math.floor(Number(count) / 10);
  await consumers[name](service, (found) => {
    seen++;
    if (seen === skipped) begin = { at: performance.now(), cpu: process.cpuUsage() };
    if (seen > skipped) records += found;
    return seen >= Number(count);
  });
  const { user, system } = process.cpuUsage(begin.cpu);
  const events = seen - skipped;
  const wall = (performance.now() - begin.at) / 1000;
  process.stdout.write(JSON.stringify({ cpu: (user + system) / events, rate: events / wall, records }));
  process.exit();
}
