/** What a newcomer waits for, and what lies on the disk then: from `npm install` in an empty folder to the first answered call. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, ratios, spread } from "../measure/statistics.mjs";
import { bench, root } from "../places.mjs";
import { table } from "../report.mjs";

const { devDependencies: pinned } = JSON.parse(readFileSync(join(bench, "package.json"), "utf8"));
const npmFlags = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];

const skylexCall = `import { Client } from "skylex";
  const client = new Client({ service: process.argv[2], storage: "skylex.db" });
  await client.app.bsky.actor.getProfile({ actor: "bsky.app" });
  await client.close();`;

const peers = [
  {
    name: "@atproto/api",
    packages: ["@atproto/api"],
    program: `import { AtpAgent } from "@atproto/api";
      await new AtpAgent({ service: process.argv[2] }).getProfile({ actor: "bsky.app" });`,
  },
  {
    name: "@atcute/client + @atcute/bluesky",
    packages: ["@atcute/client", "@atcute/bluesky"],
    program: `import "@atcute/bluesky";
      import { Client, ok, simpleFetchHandler } from "@atcute/client";
      const client = new Client({ handler: simpleFetchHandler({ service: process.argv[2] }) });
      await ok(client.get("app.bsky.actor.getProfile", { params: { actor: "bsky.app" } }));`,
  },
];

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "skylex-install-"));
  const server = spawn(process.execPath, [join(bench, "calls/server.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = await once(server.stdout, "data");
    const service = `http://127.0.0.1:${String(line).trim()}`;
    // What is measured was built before: packing it anew would build it again.
    const { filename, ...packed } = pack(["--ignore-scripts", "--pack-destination", folder], root);
    const specifiers = [join(folder, filename)];
    const cases = [
      { name: "skylex", specifiers, packed, program: skylexCall },
      { name: "skylex, without optional parts", specifiers, packed, program: skylexCall, flags: ["--omit=optional"] },
      ...peers.map(({ name, packages, program }) => {
        const wanted = packages.map((one) => `${one}@${pinned[one]}`);
        return {
          name,
          program,
          specifiers: wanted,
          packed: sum(wanted.map((one) => pack(["--dry-run", one], folder))),
        };
      }),
    ];
    const rows = await interleave("install", cases, rounds(3), (one) => measure(one, folder, service));
    const whole = (name) => column(rows[name], "total");
    return {
      what: `From \`npm install\` in an empty folder, with everything in npm's cache, to the end of a program that makes one getProfile call. With
skylex the call has its row in a new SQLite file by then. Sizes are those of the files, not of the blocks they take; "tarball" is what the
named packages weigh themselves, packed and unpacked.`,
      tables: [
        table(
          [
            "package",
            "install s",
            "first call s",
            "both s",
            "× @atproto/api",
            "packages",
            "installed MB",
            "tarball kB",
          ],
          cases.map(({ name, packed: { size, unpackedSize } }) => [
            name,
            spread(column(rows[name], "install"), 1),
            spread(column(rows[name], "call"), 2),
            spread(whole(name), 1),
            median(ratios(rows[name], rows["@atproto/api"], "total")).toFixed(2),
            rows[name][0].packages,
            (rows[name][0].bytes / 1e6).toFixed(1),
            `${Math.round(size / 1e3)}, ${Math.round(unpackedSize / 1e3)}`,
          ]),
        ),
      ],
      lost: peers
        .filter(({ name }) => median(whole(name)) < median(whole("skylex")))
        .map(({ name }) => `${name}: it brings no database, no pictures and no videos.`),
    };
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure({ specifiers, flags = [], program }, folder, service) {
  const consumer = join(folder, "consumer");
  rmSync(consumer, { recursive: true, force: true });
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(consumer, "program.mjs"), program);
  const install = timed("npm", ["install", ...npmFlags, ...flags, ...specifiers], consumer);
  const call = timed(process.execPath, ["program.mjs", service], consumer);
  const { packages } = JSON.parse(readFileSync(join(consumer, "node_modules/.package-lock.json"), "utf8"));
  const files = globSync("node_modules/**/*", { cwd: consumer }).map((file) => statSync(join(consumer, file)));
  const bytes = files.reduce((total, file) => total + (file.isFile() ? file.size : 0), 0);
  return { install, call, total: install + call, packages: Object.keys(packages).length, bytes };
}

function timed(command, args, cwd) {
  const start = performance.now();
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr.slice(0, 1000)}`);
  return (performance.now() - start) / 1000;
}

function pack(args, cwd) {
  const { status, stdout, stderr } = spawnSync("npm", ["pack", "--json", ...args], { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr.slice(0, 1000));
  return JSON.parse(stdout)[0];
}

const sum = (all) => ({
  size: all.reduce((total, { size }) => total + size, 0),
  unpackedSize: all.reduce((total, { unpackedSize }) => total + unpackedSize, 0),
});
