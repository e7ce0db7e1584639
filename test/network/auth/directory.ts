import { once } from "node:events";
import { createServer } from "node:http";
import { listenLocally } from "../../support/servers/ports.ts";

export interface Directory {
  readonly url: string;
  close(): Promise<void>;
}

/** A PLC directory in which every account lives at `pds`: a fault proxy, so that nothing passes by it. */
export async function startDirectory(pds: string): Promise<Directory> {
  const server = createServer((request, response) => {
    const id = decodeURIComponent((request.url ?? "/").slice(1));
    const service = [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: pds }];
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ id, service }));
  });
  const port = await listenLocally(server);
  return {
    url: `http://localhost:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
