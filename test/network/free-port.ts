import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/** A loopback port nobody listens on, for servers that must be told their port before they start. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
