/**
 * Loaded before a snippet: requests to public hosts go to the local servers named in the environment, and the account the
 * README opens with, which is not among the local ones, is the seeded one.
 */
const { README_PDS = "", README_APPVIEW = "", README_ACTOR = "" } = process.env;

const locals: Readonly<Record<string, string>> = {
  "https://public.api.bsky.app": README_APPVIEW,
  "https://pds.example.com": README_PDS,
};

const platformFetch = globalThis.fetch;
globalThis.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.origin === "https://example.com") return Response.json({ asked: url.pathname + url.search });
  const local = locals[url.origin];
  if (local === undefined) throw new Error(`A snippet asked ${url.origin}, which has no local stand-in.`);
  const path = `${url.pathname}${url.search}`
    .replaceAll("bsky.app", README_ACTOR)
    .replaceAll("alice.test", README_ACTOR);
  return platformFetch(local + path, init);
};
