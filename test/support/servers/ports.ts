import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Opens `server` to this machine only, on a port of the system's choice, and returns the port. */
export async function listenLocally(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("A server that listens on TCP has no port.");
  return address.port;
}

/** A loopback port nobody listens on, for servers that must be told their port before they start. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listenLocally(probe);
  probe.close();
  await once(probe, "close");
  return port;
}
