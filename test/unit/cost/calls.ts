/** Makes the call that CALL names, for a look at what that loads. */
import { Client } from "../../../src/index.ts";
import { MemoryStorage } from "../../../src/storage/memory/index.ts";

const repo = "did:plc:z72i7hdynmk6r22z27h6tvur";

const client = new Client({
  service: "https://pds.example",
  accessToken: "token",
  storage: new MemoryStorage(),
  fetch: async () => Response.json({}),
});

const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  read: () => client.app.bsky.feed.getTimeline({ limit: 10 }),
  upload: () => client.com.atproto.repo.uploadBlob(new Uint8Array([1])),
  delete: () => client.com.atproto.repo.deleteRecord({ repo, collection: "app.bsky.feed.post", rkey: "3l6oveex3ii2l" }),
  post: () => {
    const record = { text: "hello", createdAt: new Date() };
    return client.com.atproto.repo.createRecord({ repo, collection: "app.bsky.feed.post", record });
  },
};

await calls[process.env["CALL"] ?? ""]?.();
await client.close();
