/** What a command costs: from the start of its process until the server has its request, and until it has ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { interleave, rounds } from "../measure/rounds.mjs";
import { column, median, ratios, spread } from "../measure/statistics.mjs";
import { staged } from "../places.mjs";
import { lexCli } from "../prepare.mjs";
import { table } from "../report.mjs";

const programs = {
  "empty.mjs": "",
  "http.mjs": `process.getBuiltinModule("node:http").get(process.argv[2], (answer) => answer.resume());`,
  "fetch.mjs": `await (await fetch(process.argv[2])).text();`,
};

export async function run() {
  const folder = mkdtempSync(join(tmpdir(), "skylex-bench-"));
  for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text);
  let askedAt;
  const server = createServer((_request, response) => {
    askedAt = performance.now();
    response.setHeader("content-type", "application/json").end('{"did":"did:plc:a","handle":"a.test"}');
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const service = `http://127.0.0.1:${server.address().port}`;
  const skylex = staged("dist/src/cli/main.js");
  const call = [skylex, "call", "app.bsky.actor.getProfile", "actor=a.test", "--no-account", "--service", service];
  const cases = [
    { name: "empty process", argv: ["empty.mjs"] },
    { name: "one request by node:http", argv: ["http.mjs", service] },
    { name: "one request by fetch", argv: ["fetch.mjs", service] },
    { name: "skylex --help", argv: [skylex, "--help"] },
    { name: "skylex call, no database", argv: [...call, "--no-database"] },
    { name: "skylex call, logged in an SQLite file that is there", argv: [...call, "--database", "skylex.db"] },
    { name: "lex --help", argv: [lexCli, "--help"] },
  ];

  async function measure({ name, argv }) {
    askedAt = undefined;
    const start = performance.now();
    const child = spawn(process.execPath, argv, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.resume();
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`${name}: exit ${code}`);
    const wall = performance.now() - start;
    return { wall, asked: askedAt === undefined ? undefined : askedAt - start };
  }

  try {
    const rows = await interleave("cli", cases, rounds(15), measure);
    const empty = rows["empty process"];
    const times = (name, key) =>
      median(rows[name].map((row, round) => row[key] / empty[Math.min(round, empty.length - 1)].wall));
    return {
      what: `Commands of skylex as it is built, beside an empty Node process, the least a request costs, and the command of @atproto/lex,
which makes no calls. "Asked" is when the server had the request. The first round fills Node's compile cache and makes the file.`,
      tables: [
        table(
          ["program", "asked, ms", "ended, ms", "asked, × empty process", "ended, × empty process"],
          cases.map(({ name }) => {
            const asks = rows[name][0].asked !== undefined;
            return [
              name,
              asks ? spread(column(rows[name], "asked"), 0) : "",
              spread(column(rows[name], "wall"), 0),
              asks ? times(name, "asked").toFixed(1) : "",
              median(ratios(rows[name], empty, "wall")).toFixed(1),
            ];
          }),
        ),
      ],
      goals: [
        {
          what: "call without a database, until the request is there, × an empty process",
          atMost: 2.5,
          measured: times("skylex call, no database", "asked"),
        },
        {
          what: "call without a database, to its end, × an empty process",
          atMost: 2.5,
          measured: times("skylex call, no database", "wall"),
        },
        {
          what: "call with a database, to its end, ms",
          atMost: 600,
          measured: median(column(rows["skylex call, logged in an SQLite file that is there"], "wall")),
        },
      ],
      lost: [
        "one request by node:http: it parses no arguments, prints nothing, and has none of the layers a call goes through.",
      ],
    };
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
