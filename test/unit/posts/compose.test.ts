import { expect, test } from "vitest";
import { parseContent } from "../../../src/posts/parse/parse-content.ts";
import { type Attach, composePosts } from "../../../src/posts/publish/compose.ts";
import type { PostTools } from "../../../src/posts/tools.ts";

const tools = { check: () => Promise.resolve() } as unknown as PostTools;
const destination = { repo: "did:plc:alice", rkey: "3kvyvhmkfxs2c", createdAt: 0 };

async function composed(texts: readonly string[], attach: Attach, signal?: AbortSignal): Promise<unknown> {
  const prepared = await Promise.all(
    texts.map(async (text) => ({
      draft: await parseContent({ text }, {}, ""),
      attachments: { images: [], card: undefined },
    })),
  );
  return composePosts(prepared, destination, attach, tools, signal);
}

/** Ends when its signal does. */
const endless = (signal: AbortSignal | undefined, ended: string[], name: string): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => {
      ended.push(name);
      reject(signal.reason as Error);
    });
  });

test("E13 the first upload of a thread that fails ends the others", async () => {
  const ended: string[] = [];
  const attach: Attach = ({ draft }, signal) => {
    const { text = "" } = draft.parts[0] ?? {};
    return text === "fails" ? Promise.reject(new Error("too large")) : endless(signal, ended, text);
  };
  await expect(composed(["one", "fails", "three"], attach)).rejects.toThrow("too large");
  expect(ended).toEqual(["one", "three"]);
});

test("E13 an abort of the caller ends all of them", async () => {
  const ended: string[] = [];
  const controller = new AbortController();
  const post = composed(
    ["one", "two"],
    ({ draft }, signal) => endless(signal, ended, draft.parts[0]?.text ?? ""),
    controller.signal,
  );
  setImmediate(() => controller.abort(new Error("enough")));
  await expect(post).rejects.toThrow("enough");
  expect(ended).toEqual(["one", "two"]);
});
