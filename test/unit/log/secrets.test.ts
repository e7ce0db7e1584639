import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { LONGEST_TEXT, REDACTED, redactText } from "../../../src/log/redact.ts";
import { failure, setting } from "../auth/session-client.ts";
import { alice } from "../auth/stand-in-server.ts";

/** All that can be seen of an error, by whatever road. */
function everything(error: unknown): string {
  const seen = new Set<unknown>();
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Uint8Array) texts.push(new TextDecoder().decode(value));
    else if (Symbol.iterator in value) for (const entry of value as Iterable<unknown>) visit(entry);
    for (const name of Object.getOwnPropertyNames(value)) visit((value as Record<string, unknown>)[name]);
  };
  visit(error);
  return [...texts, inspect(error, { depth: 30, showHidden: true }), String((error as Error).stack)].join("\n");
}

describe("what a server says back", () => {
  test("X7 a text of a megabyte that looks like secrets over and over is cleaned, and cut", () => {
    const megabyte = 1_000_000;
    for (const part of [
      "a-",
      "a.",
      "token",
      '"token',
      "eyJ",
      "eyJaaaaa.",
      "aaaa-",
      "=",
      "://",
      '\\"token\\":\\"',
      "Bearer ",
    ]) {
      for (const end of ["@", '\\": "', "", "!"]) {
        const clean = redactText(part.repeat(Math.ceil(megabyte / part.length)) + end);
        expect(clean.length).toBeLessThan(2 * LONGEST_TEXT);
      }
    }
    expect(redactText(`${"x".repeat(1000)} Bearer abcdefgh12345678`)).toContain(REDACTED);
  });

  const echoing = setting({
    intercept: ({ headers, url, body }, nsid) => {
      if (url.host === "plc.directory" || nsid.endsWith("resolveHandle") || nsid.endsWith("createSession"))
        return undefined;
      const echo = `You sent ${JSON.stringify(headers)} and ${String(body)}`;
      if (nsid === "com.example.named")
        return Response.json({ error: `Weak ${headers["authorization"]}`, message: echo }, { status: 400 });
      if (nsid === "com.example.long")
        return Response.json({ error: "x".repeat(300_000), message: echo }, { status: 400 });
      if (nsid === "com.example.password") {
        return Response.json(
          { error: `Weak ${(JSON.parse(String(body)) as { password: string }).password}` },
          { status: 400 },
        );
      }
      return new Response(`<html>${echo}</html>`, { status: 502, headers: { "content-type": "text/html" } });
    },
  });
  const tokenOf = (): string => {
    const token = echoing.server.bearers
      .map((line) => line.split(" ")[2] ?? "")
      .findLast((bearer) => bearer.length > 20);
    if (token === undefined) throw new Error("no token was sent");
    return token;
  };

  test("T9 a gateway that repeats the request's headers: no error of the chain shows the token", async () => {
    const { client, clock, storage, lines } = echoing;
    const own = client({ retry: false });
    await own.login();
    const error = await clock.run(failure(own.post("com.example.write", { a: 1 })));
    expect(error).toBeInstanceOf(Error);
    expect(everything(error)).not.toContain(tokenOf());
    await own.close();
    expect(JSON.stringify(await storage.calls.query({}))).not.toContain(tokenOf());
    expect(lines.join("\n")).not.toContain(tokenOf());
  });

  test("G1 a server's name for an error is cleaned and bounded like the texts beside it", async () => {
    const { client, clock, storage, lines } = echoing;
    const own = client({ retry: false });
    await own.login();
    const secret = "correct horse battery";
    for (const nsid of ["com.example.named", "com.example.long"]) {
      expect(everything(await clock.run(failure(own.post(nsid, {}))))).not.toContain(tokenOf());
    }
    await clock.run(failure(own.post("com.example.password", { password: secret })));
    await own.close();
    const rows = await storage.calls.query({});
    const failed = rows.filter(({ endpoint }) => endpoint.startsWith("xrpc/com.example."));
    expect(failed.length).toBeGreaterThanOrEqual(3);
    for (const row of failed) {
      expect(row.exceptionClass?.length ?? 0).toBeLessThanOrEqual(128);
      const text = JSON.stringify(row);
      expect(text).not.toContain(tokenOf());
      expect(text).not.toContain(secret);
      expect(text).not.toContain(alice.password);
    }
    expect(lines.join("\n")).not.toContain(secret);
    expect(lines.join("\n")).not.toContain(tokenOf());
  });
});
