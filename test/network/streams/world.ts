import { inject } from "vitest";
import { Client } from "../../../src/index.ts";
import { newPost, signUp } from "../../support/servers/accounts.ts";

export interface Writer {
  readonly did: string;
  readonly client: Client;
  /** Writes so many posts, several commits at a time, and gives their URIs */
  write(count: number, word: string, perCommit?: number): Promise<string[]>;
  close(): Promise<void>;
}

/** A fresh account that writes. */
export async function newWriter(): Promise<Writer> {
  const { pds } = inject("network");
  const { did, accessJwt } = await signUp(pds);
  const client = new Client({ service: pds, accessToken: accessJwt, storage: ":memory:", logLevel: "error" });
  const commit = async (texts: readonly string[]): Promise<string[]> => {
    const writes = texts.map((text) => ({
      $type: "com.atproto.repo.applyWrites#create" as const,
      collection: "app.bsky.feed.post",
      value: newPost(text),
    }));
    const { results = [] } = await client.com.atproto.repo.applyWrites({ repo: did, writes });
    return results.map((result) => (result as { uri: string }).uri);
  };
  return {
    did,
    client,
    async write(count, word, perCommit = 1) {
      const texts = Array.from({ length: count }, (_, number) => `${word} ${number}`);
      const uris: string[] = [];
      const hand = async (): Promise<void> => {
        for (let taken = texts.splice(0, perCommit); taken.length > 0; taken = texts.splice(0, perCommit)) {
          uris.push(...(await commit(taken)));
        }
      };
      await Promise.all(Array.from({ length: 8 }, hand));
      return uris;
    },
    close: () => client.close(),
  };
}
