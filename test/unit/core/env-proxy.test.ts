import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const source = fileURLToPath(new URL("../../../src/index.ts", import.meta.url));

/** A program that calls a host that only the proxy knows. */
const program = `
const { Client } = await import(${JSON.stringify(source)});
const client = new Client({ service: "http://only-the-proxy-knows.test", storage: false, retry: false, logLevel: "silent" });
const outcome = await client.get("com.example.any").then((data) => JSON.stringify(data), (error) => error.name);
console.log(outcome);
`;

async function run(environment: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("content-type", "application/json");
    response.end('{"through":"the proxy"}');
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => void proxy.close());
  const { port } = proxy.address() as AddressInfo;
  const flags = ["--conditions=skylex-source", "--input-type=module", "-e", program];
  const child = spawn(process.execPath, flags, {
    env: { ...process.env, HTTP_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: "", ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return { said: (await text(child.stdout)).trim(), asked };
}

test("N5 calls go through the proxy of the environment where Node's own do", async () => {
  const { said, asked } = await run({ NODE_USE_ENV_PROXY: "1" });
  expect(said).toBe('{"through":"the proxy"}');
  expect(asked).toEqual(["http://only-the-proxy-knows.test/xrpc/com.example.any"]);
});

test("N5 and nowhere else", async () => {
  const { said, asked } = await run({ NODE_USE_ENV_PROXY: "0" });
  expect([said, asked]).toEqual(["NetworkError", []]);
});
