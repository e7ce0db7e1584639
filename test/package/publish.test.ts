import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { expect, inject, test } from "vitest";

const { tarball, lean } = inject("package");

interface Published {
  readonly name: string;
  readonly access: string;
  readonly "dist-tags": Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, { readonly bin: unknown; readonly dist: { readonly integrity: string } }>>;
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
}

test("npm hands a registry the tarball that was tested, with its commands", async () => {
  const asked: string[] = [];
  let body = "";
  const registry = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    for await (const chunk of request) body += String(chunk);
    response.writeHead(request.method === "PUT" ? 201 : 404, { "content-type": "application/json" }).end("{}");
  });
  await once(registry.listen(0, "127.0.0.1"), "listening");
  const host = `//127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  try {
    const args = ["publish", tarball, "--access", "public", `--registry=http:${host}`, `--${host}:_authToken=none`];
    const [status] = (await once(spawn("npm", args, { cwd: dirname(lean), stdio: "ignore" }), "close")) as [number];
    expect(status).toBe(0);
  } finally {
    registry.close();
  }
  expect(asked).toContain("PUT /skylex");
  const { name, access, versions, "dist-tags": tags, _attachments: attachments } = JSON.parse(body) as Published;
  const [version = ""] = Object.keys(versions);
  const bytes = readFileSync(tarball);
  expect([name, access, tags]).toEqual(["skylex", "public", { latest: version }]);
  expect(versions[version]?.bin).toEqual({ skylex: "dist/src/cli/main.js", "skylex-codegen": "dist/codegen/cli.js" });
  expect(versions[version]?.dist.integrity).toBe(`sha512-${createHash("sha512").update(bytes).digest("base64")}`);
  expect(Object.values(attachments).map(({ data }) => data.length)).toEqual([bytes.toString("base64").length]);
});
