import { inject } from "vitest";
import { Client, type ClientOptions, type UploadedVideo } from "../../../src/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";
import { newPost, signUp, type Account } from "../../support/servers/accounts.ts";
import { processAll } from "../../support/servers/control.ts";
import { startVideoService, type VideoOptions, type VideoService } from "../../support/stand-ins/video-service.ts";
import { hastyClock } from "./hasty-clock.ts";

const network = inject("network");

export interface Uploader {
  readonly account: Account;
  readonly client: Client;
  /** Names of the calls in order, without those that get tokens */
  readonly calls: () => Promise<readonly string[]>;
}

export interface World {
  readonly service: VideoService;
  join(options?: ClientOptions): Promise<Uploader>;
  client(account: Account, options?: ClientOptions): Client;
  close(): Promise<void>;
}

export async function openWorld(options: Partial<VideoOptions> = {}): Promise<World> {
  const service = await startVideoService({ plc: network.plc, ...options });
  const client = (account: Account, own: ClientOptions = {}): Client =>
    new Client({
      service: network.pds,
      plcDirectory: network.plc,
      accessToken: account.accessJwt,
      services: { video: { url: service.url, did: service.did } },
      storage: new MemoryStorage(),
      clock: hastyClock(),
      logLevel: "silent",
      ...own,
    });
  return {
    service,
    client,
    async join(own) {
      const account = await signUp(network.pds);
      const made = client(account, own);
      const calls = async (): Promise<readonly string[]> => {
        const rows = await made.log.query({ order: "oldest", limit: 1000 });
        const names = rows.map(({ endpoint }) => endpoint.replace(/^xrpc\/(?:app\.bsky\.video\.)?/, ""));
        return names.filter((name) => !/describeServer|getServiceAuth/.test(name));
      };
      return { account, client: made, calls };
    },
    close: () => service.close(),
  };
}

interface VideoView {
  readonly $type: string;
  readonly cid: string;
  readonly playlist: string;
  readonly alt?: string;
  readonly aspectRatio?: { readonly width: number; readonly height: number };
  readonly presentation?: string;
}

/** Posts a video, and gives what the AppView shows of it and what the record holds. */
export async function postAndRead({ client, account }: Uploader, { embed }: UploadedVideo) {
  const { uri } = await client.com.atproto.repo.createRecord({
    repo: account.did,
    collection: "app.bsky.feed.post",
    record: newPost("with a video", { embed }),
  });
  await processAll(network);
  const anonymous = new Client({ service: network.appview, storage: ":memory:" });
  const { posts } = await anonymous.app.bsky.feed.getPosts({ uris: [uri] });
  const [post] = posts;
  return { view: post?.embed as VideoView | undefined, record: post?.record as { readonly embed?: unknown } };
}

/** The bytes that the account's server has for a blob. */
export async function storedBytes({ client, account }: Uploader, { blob }: UploadedVideo): Promise<Buffer> {
  return Buffer.from(await client.com.atproto.sync.getBlob({ did: account.did, cid: blob.ref.$link }));
}

/** A clip that is nobody else's: the same picture and sound, with other bytes that no track refers to. */
export function ownClip(bytes: Uint8Array, size = bytes.length + 64): Buffer {
  const tail = Buffer.alloc(size - bytes.length);
  tail.writeUInt32BE(tail.length, 0);
  tail.write("mdat", 4);
  for (let at = 8; at < tail.length; at++) tail[at] = Math.floor(Math.random() * 256);
  return Buffer.concat([bytes, tail]);
}
