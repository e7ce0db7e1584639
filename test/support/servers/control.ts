import { once } from "node:events";
import { createServer } from "node:http";
import { listenLocally } from "./ports.ts";

/** What can be asked of the process that holds the servers. Input and result travel as JSON. */
export type Commands = Record<string, (input: unknown) => unknown>;

/** Answers `POST /<command>` on loopback. HTTP, because test workers have no other way into that process. */
export async function serveCommands(commands: Commands): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(async (request, response) => {
    const name = (request.url ?? "/").slice(1);
    try {
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
      if (!command) throw new Error(`There is no such command. Known: ${Object.keys(commands).join(", ")}.`);
      const input: unknown = JSON.parse(Buffer.concat(await request.toArray()).toString() || "null");
      response.end(JSON.stringify({ result: (await command(input)) ?? null }));
    } catch (error) {
      response.writeHead(500).end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    }
  });
  const port = await listenLocally(server);
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Runs a command in the process that holds the servers; works from any process. */
export async function sendCommand(network: { control: string }, name: string, input?: unknown): Promise<unknown> {
  const response = await fetch(`${network.control}/${name}`, { method: "POST", body: JSON.stringify(input ?? null) });
  const answer: { result?: unknown; error?: string } = JSON.parse(await response.text());
  if (answer.error !== undefined) throw new Error(`Test network, command ${name}: ${answer.error}`);
  return answer.result;
}

/** Waits until the AppView has indexed everything written so far. */
export async function processAll(network: { control: string }): Promise<void> {
  await sendCommand(network, "processAll");
}

/** URL of another PDS, of another provider, on the same directory. Its accounts are `*.two.test`. */
export const secondPds = async (network: { control: string }): Promise<string> =>
  String(await sendCommand(network, "secondPds"));
