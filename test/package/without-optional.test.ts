import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { optionalPackages } from "../../src/core/optional-package.ts";
import { fixture as video } from "../unit/media/video/fixtures.ts";
import { Project, root, run } from "./project.ts";

const { lean } = inject("package");
const project = new Project(lean, "without-optional");
const picture = (name: string): string => join(root, "test/support/fixtures/images", name);

interface Told {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
}

/** What an error says, and which endpoints were asked for before. */
function outcome(options: string, work: string): { readonly told: Told; readonly requests: readonly string[] } {
  return project.program(`
    import * as skylex from "skylex";
    import { startServer } from "./server.mjs";
    const { server, url: service, requests } = await startServer();
    const { Client } = skylex;
    const client = new Client({ service, handleResolver: service, accessToken: "a.e30.c", logLevel: "silent", ${options} });
    const told = await (async () => ${work})().catch(({ name, message, code }) => ({ name, message, code }));
    await client.close().catch(() => {});
    server.close();
    console.log(JSON.stringify({ told, requests }));`) as { told: Told; requests: string[] };
}

const command = (name: keyof typeof optionalPackages): string =>
  `npm install ${name}@${optionalPackages[name]} --include=optional`;

describe("installed without its optional packages", () => {
  test("they are not there", () => {
    for (const name of [...Object.keys(optionalPackages), "pg", "@img"]) {
      expect([name, existsSync(join(lean, "node_modules", name))]).toEqual([name, false]);
    }
    expect(existsSync(join(lean, "node_modules/better-sqlite3"))).toBe(true);
  });

  test("every entry point and command loads", () => {
    const { exports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      exports: Record<string, { readonly default?: string }>;
      bin: Record<string, string>;
    };
    // The others are there for their types alone.
    const entries = Object.keys(exports).filter((entry) => exports[entry]?.default !== undefined);
    const names = entries.map((entry) => JSON.stringify(entry.replace(".", "skylex"))).join();
    const program = `console.log(JSON.stringify((await Promise.all([${names}].map((name) => import(name)))).map((all) => Object.keys(all).length > 0)));`;
    expect(project.program(program)).toEqual(entries.map(() => true));
    for (const name of Object.keys(bin)) {
      expect(run(join(lean, "node_modules/.bin", name), ["--help"], project.folder)).toContain(" [");
    }
  });

  test("what everybody does first works", () => {
    expect(JSON.parse(project.node("smoke.mjs"))).toMatchObject({ displayName: "Alice" });
  });

  test("it type-checks, all declarations too", () => {
    project.write(
      "types.ts",
      `import { Client, probeVideo } from "skylex";
import * as testing from "skylex/testing";
export const client: Client = new Client({ storage: { postgres: "postgres://me@localhost/bot" } });
export const posted = client.createPost({ text: "hello", images: [{ source: "a.png", alt: "a" }] });
export const probe = probeVideo("a.mp4");
export { testing };`,
    );
    expect(project.check(["types.ts"], { skipLibCheck: false })).toBe("");
  });

  test("a picture that can go as it is goes, and an MP4 is read", () => {
    for (const name of ["clean.png", "orientation-1.jpg", "animated.gif"]) {
      const work = `client.uploadImage(${JSON.stringify(picture(name))})`;
      expect(outcome(`storage: ":memory:"`, work)).toMatchObject({ requests: ["com.atproto.repo.uploadBlob"] });
    }
    const probe = `skylex.probeVideo(${JSON.stringify(video("h264-aac.mp4"))})`;
    expect(outcome(`storage: ":memory:"`, probe).told).toMatchObject({ container: "mp4", videoCodec: "h264" });
  });

  test("other pictures name sharp, before anything is sent", () => {
    const work = `client.createPost({ text: "", images: [{ source: ${JSON.stringify(picture("orientation-6.jpg"))}, alt: "A house" }] })`;
    const { told, requests } = outcome(`storage: ":memory:"`, work);
    expect(told.name).toBe("MediaError");
    expect(told.message).toContain(
      `needs the package sharp, which is optional and cannot be loaded here. Install it: `,
    );
    expect(told.message).toContain(`${command("sharp")}. Nothing was sent.`);
    expect(requests).toEqual([]);
  });

  test("other videos name fluent-ffmpeg, before anything is sent", () => {
    const { told, requests } = outcome(
      `storage: ":memory:"`,
      `client.uploadVideo(${JSON.stringify(video("vp9-opus.webm"))}, { transcode: true })`,
    );
    expect(told.name).toBe("IncompatibleMediaError");
    expect(told.message).toContain(command("fluent-ffmpeg"));
    expect(told.message).toMatch(/Nothing was sent\.$/);
    expect(requests).toEqual([]);
  });

  test("PostgreSQL names its driver, before anything is sent", () => {
    const options = `storage: "postgres://me:secret@127.0.0.1:1/bot"`;
    const { told, requests } = outcome(options, `client.app.bsky.actor.getProfile({ actor: "alice.test" })`);
    expect(told).toEqual({
      name: "StorageError",
      code: "missing-package",
      message:
        "PostgreSQL needs the package @mikro-orm/postgresql, which is optional and cannot be loaded here. Install it: " +
        `${command("@mikro-orm/postgresql")}. Nothing was sent.`,
    });
    expect(requests).toEqual([]);
  });

  test("the commands they name are all there is to do", () => {
    for (const name of ["sharp", "fluent-ffmpeg", "@mikro-orm/postgresql"] as const) {
      const [npm = "", ...args] = command(name).split(" ");
      run(npm, [...args, "--no-audit", "--no-fund", "--prefer-offline"], lean);
      expect(existsSync(join(lean, "node_modules", name))).toBe(true);
    }
    const work = `client.uploadImage(${JSON.stringify(picture("orientation-6.jpg"))})`;
    expect(outcome(`storage: ":memory:"`, work).requests).toEqual(["com.atproto.repo.uploadBlob"]);
    const profiles = `client.profiles.get("alice.test")`;
    expect(outcome(`storage: "postgres://me:secret@127.0.0.1:1/bot"`, profiles).told.code).toBe("unreachable");
  });
});
