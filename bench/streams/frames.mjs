/** Frames as the official PDS sends them: recorded once, and renumbered as often as a run needs them. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeFirst, encode } from "@atcute/cbor";
import { WebSocket } from "ws";
import { installed, out, root } from "../places.mjs";

const file = out("frames.bin");
const RECORDS = 600;

/** Posts with a link and likes, one commit each, by one account. */
async function write(client, did) {
  for (let number = 0; number < RECORDS; number++) {
    const createdAt = new Date();
    const uri = `at://${did}/app.bsky.feed.post/3kaaaaaaaaaa2`;
    const cid = "bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    if (number % 3 > 0) await client.app.bsky.feed.like.create({ subject: { uri, cid }, createdAt });
    else {
      const facet = {
        index: { byteStart: 8, byteEnd: 27 },
        features: [{ $type: "app.bsky.richtext.facet#link", uri: "https://example.com" }],
      };
      const text = `look at https://example.com, which is number ${number} of many and says a thing or two`;
      await client.app.bsky.feed.post.create({ text, langs: ["en"], facets: [facet], createdAt });
    }
  }
}

/** Starts the official servers, and writes down what the stream says of `RECORDS` writes. */
export async function recordFrames() {
  if (existsSync(file)) return;
  const { startNetwork } = await import(join(root, "test/support/servers/start.ts"));
  const { signUp } = await import(join(root, "test/support/servers/accounts.ts"));
  const { Client } = await import(installed("skylex/dist/src/index.js"));
  const network = await startNetwork();
  try {
    const { did, accessJwt } = await signUp(network.pds);
    const client = new Client({ service: network.pds, accessToken: accessJwt, storage: ":memory:" });
    await write(client, did);
    await client.close();
    const url = `${network.pds.replace("http", "ws")}/xrpc/com.atproto.sync.subscribeRepos?cursor=0`;
    const socket = new WebSocket(url);
    const frames = [];
    await new Promise((resolve) => {
      socket.on("message", (data) => frames.push(data) === RECORDS && resolve());
    });
    socket.terminate();
    const lengths = frames.map(({ length }) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(length);
      return bytes;
    });
    writeFileSync(file, Buffer.concat(frames.flatMap((frame, index) => [lengths[index], frame])));
  } finally {
    await network.close();
  }
}

/** So many frames, numbered from 1 on. */
export function frames(count) {
  const bytes = readFileSync(file);
  const recorded = [];
  for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at)) {
    recorded.push(new Uint8Array(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at))));
  }
  return Array.from({ length: count }, (_, index) => {
    const [header, rest] = decodeFirst(recorded[index % recorded.length]);
    const [body] = decodeFirst(rest);
    return Buffer.concat([encode(header), encode({ ...body, seq: index + 1 })]);
  });
}
