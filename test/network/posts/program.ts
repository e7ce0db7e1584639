// A program of a user, as a process of its own: it posts under a key once it is told to on stdin, and prints what became of it.
import { once } from "node:events";
import { Client } from "../../../src/index.ts";

const { service, accessToken, storage, text, key } = JSON.parse(process.env["PROGRAM"] ?? "{}") as Record<
  string,
  string
>;
const client = new Client({ service, accessToken, storage, logLevel: "silent" });
await client.log.query({ limit: 1 });
process.stdout.write("ready\n");
await once(process.stdin, "data");
try {
  const { uri, cid, existing } = await client.createPost(text ?? "", { key });
  process.stdout.write(`${JSON.stringify({ uri, cid, existing })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: (error as Error).name, message: (error as Error).message })}\n`);
}
await client.close();
process.exit();
