import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test, vi } from "vitest";
import { nodeTransport } from "../../../src/core/http/node-transport.ts";
import { Cancellation } from "../../../src/core/http/transport.ts";

// The servers of a test are on this machine, where none is public: what is looked at here is where they lead.
vi.mock(import("../../../src/core/http/public-addresses.ts"), async (original) => ({
  ...(await original()),
  isPrivateHost: () => false,
  lookupPublic: process.getBuiltinModule("node:dns").lookup as never,
}));

const asked: string[] = [];
const inside = createServer((request, response) => {
  asked.push(`inside ${request.url}`);
  response.end("secret");
});
const outside = createServer((request, response) => {
  asked.push(`outside ${request.url}`);
  const { port } = inside.address() as AddressInfo;
  if (request.url === "/away") response.writeHead(302, { location: `http://127.0.0.1:${port}/in` }).end();
  else if (request.url === "/here") response.writeHead(302, { location: "/end" }).end();
  else response.end("{}");
});
await Promise.all([inside, outside].map((server) => new Promise<void>((done) => server.listen(0, "127.0.0.1", done))));
afterAll(() => [inside, outside].map((server) => server.close()));

const ask = (path: string, isForeign: boolean) =>
  nodeTransport({
    method: "GET",
    url: `http://127.0.0.1:${(outside.address() as AddressInfo).port}${path}`,
    headers: {},
    body: undefined,
    cancellation: new Cancellation(),
    maxBytes: 1000,
    isForeign,
  });

test("T7 a foreign server's redirect is followed at its own origin, and nowhere else", async () => {
  expect((await ask("/here", true)).status).toBe(200);
  await expect(ask("/away", true)).rejects.toMatchObject({ code: "ERR_FOREIGN_REDIRECT" });
  expect(asked).toEqual(["outside /here", "outside /end", "outside /away"]);
  expect(new TextDecoder().decode((await ask("/away", false)).body)).toBe("secret");
});
