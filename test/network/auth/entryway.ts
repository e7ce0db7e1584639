import { once } from "node:events";
import { createServer } from "node:http";
import { listenLocally } from "../../support/servers/ports.ts";
import { xrpc } from "../../support/servers/xrpc.ts";

export interface Entryway {
  readonly url: string;
  /** NSIDs of what arrived */
  readonly calls: string[];
  close(): Promise<void>;
}

/**
 * A host that knows createSession and nothing else, like the entryway of a provider with many servers. With `code` it also
 * wants that code from an e-mail, which the official PDS cannot ask for.
 */
export async function startEntryway(pds: string, { code }: { readonly code?: string } = {}): Promise<Entryway> {
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const nsid = (request.url ?? "").replace("/xrpc/", "").replace(/\?.*/, "");
    calls.push(nsid);
    const answer = (status: number, body: string): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(body);
    if (nsid !== "com.atproto.server.createSession") return answer(401, '{"error":"AuthenticationRequired"}');
    const input = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Record<string, unknown>;
    const { authFactorToken, ...credentials } = input;
    const { status, text } = await xrpc(pds, nsid, { body: credentials });
    if (status === 200 && authFactorToken !== code) {
      return answer(
        401,
        '{"error":"AuthFactorTokenRequired","message":"A sign in code has been sent to your email address"}',
      );
    }
    answer(status, text);
  });
  const port = await listenLocally(server);
  return {
    url: `http://localhost:${port}`,
    calls,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
