import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hasNodeTransport, nodeTransport } from "../../../src/core/http/node-transport.ts";
import { Cancellation, fetchTransport } from "../../../src/core/http/transport.ts";
import { NetworkError } from "../../../src/index.ts";
import { explainFailure } from "../../../src/core/http/explain-failure.ts";
import { scriptedFetch } from "../../support/fakes/scripted-fetch.ts";
import { Client } from "../../../src/client/client.ts";

const asked: string[] = [];
const internal = createServer((request, response) => {
  asked.push(String(request.url));
  response.end('{"secret":"of the own network"}');
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => internal.listen(0, "0.0.0.0", resolve));
  ({ port } = internal.address() as AddressInfo);
});
afterAll(() => void internal.close());

const foreign = (url: string) => ({
  method: "GET" as const,
  url,
  headers: {},
  body: undefined,
  cancellation: new Cancellation(),
  maxBytes: 1000,
  isForeign: true,
});

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("servers that somebody else named", () => {
  test.each([
    "127.0.0.1",
    "127.0.0.2",
    "0.0.0.0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "localhost",
    "a.localhost",
  ])("T7 %s is not connected to", async (host) => {
    expect(hasNodeTransport()).toBe(true);
    const error = await failureOf(nodeTransport(foreign(`http://${host}:${port}/`)));
    expect(error).toMatchObject({ code: "ERR_PRIVATE_ADDRESS" });
    expect(asked).toEqual([]);
  });

  test("T7 a name is checked by the address that is connected to", async () => {
    const dns = process.getBuiltinModule("node:dns");
    const lookup = vi
      .spyOn(dns, "lookup")
      .mockImplementation(((_name: string, _options: object, done: Function) =>
        done(null, [{ address: "127.0.0.1", family: 4 }])) as never);
    try {
      const error = await failureOf(nodeTransport(foreign(`http://evil.example:${port}/`)));
      expect(error).toMatchObject({ code: "ERR_PRIVATE_ADDRESS" });
      expect(asked).toEqual([]);
    } finally {
      lookup.mockRestore();
    }
  });

  test("T7 what is refused is not retried, and says why", () => {
    const cause = Object.assign(new Error("evil.example is at an address that is not public"), {
      code: "ERR_PRIVATE_ADDRESS",
    });
    const request = {
      definition: { nsid: "a.b.c", kind: "query" },
      service: "https://evil.example",
      attemptTimeout: 1,
    };
    const error = explainFailure(request as never, cause, false, undefined);
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ retryable: false, ambiguous: false });
    expect(error.message).toContain("not public");
  });

  test("T7 a given fetch is told to follow no redirect of theirs", async () => {
    const fetch = scriptedFetch(Response.json({}), Response.json({}));
    const seen: (string | undefined)[] = [];
    const transport = fetchTransport((url, init) => {
      seen.push(init.redirect);
      return fetch(url, init);
    });
    await transport(foreign("https://evil.example/"));
    await transport({ ...foreign("https://own.example/"), isForeign: false });
    expect(seen).toEqual(["error", "follow"]);
  });

  test("T7 a repository is asked as a foreign server, the user's own servers are not", async () => {
    const did = "did:plc:z72i7hdynmk6r22z27h6tvur";
    const requests: (readonly [host: string, redirect: string | undefined])[] = [];
    const client = new Client({
      storage: ":memory:",
      logLevel: "silent",
      fetch: (url, init) => {
        const { host } = new URL(url);
        requests.push([host, init.redirect]);
        const service = [
          { id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: "https://evil.example" },
        ];
        return Promise.resolve(Response.json(host === "plc.directory" ? { id: did, service } : { records: [] }));
      },
    });
    await client.com.atproto.repo.listRecords({ repo: did, collection: "app.bsky.feed.post" });
    expect(requests).toEqual([
      ["plc.directory", "follow"],
      ["evil.example", "error"],
    ]);
    await client.close();
  });

  test.each(["https://127.0.0.2", "https://10.0.0.1", "https://[fd00::1]"])(
    "T7 a repository at %s is nobody's to read, whatever carries the request",
    async (serviceEndpoint) => {
      const did = "did:plc:z72i7hdynmk6r22z27h6tvur";
      const hosts: string[] = [];
      const client = new Client({
        storage: ":memory:",
        logLevel: "silent",
        fetch: (url) => {
          const { host, origin } = new URL(url);
          hosts.push(origin);
          const service = [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint }];
          return Promise.resolve(Response.json(host === "plc.directory" ? { id: did, service } : { records: [] }));
        },
      });
      await client.com.atproto.repo.listRecords({ repo: did, collection: "app.bsky.feed.post" });
      expect(hosts).not.toContain(serviceEndpoint);
      await client.close();
    },
  );
});
