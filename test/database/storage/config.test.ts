import { describe, expect, test } from "vitest";
import { chooseDatabase } from "../../../src/storage/sql/connection/config.ts";

const PG = { PGHOST: "db.example", PGUSER: "me", PGDATABASE: "sky", PGPASSWORD: "s3cret" };
const choose = (option: Parameters<typeof chooseDatabase>[0], env = {}) => chooseDatabase(option, env, "/work dir");

describe("which database", () => {
  test("A2.3 the option wins over PG*, which win over BSKY_SQLITE_FILENAME, which wins over the default", () => {
    const env = { ...PG, BSKY_SQLITE_FILENAME: "env.db" };
    expect(choose("own.db", env)).toMatchObject({ kind: "sqlite", file: "/work dir/own.db" });
    expect(choose(undefined, env)).toMatchObject({ kind: "postgresql", location: "db.example:5432/sky" });
    expect(choose(undefined, { ...env, PGPORT: "6543" })).toMatchObject({ location: "db.example:6543/sky" });
    expect(choose(undefined, { BSKY_SQLITE_FILENAME: "env.db" })).toMatchObject({ file: "/work dir/env.db" });
    expect(choose(undefined)).toMatchObject({ kind: "sqlite", file: "/work dir/skylex.db" });
  });

  test.each(Object.keys(PG))("A2.4 without %s it is SQLite", (name) => {
    for (const value of [undefined, ""]) {
      expect(choose(undefined, { ...PG, [name]: value })).toMatchObject({ file: "/work dir/skylex.db" });
    }
  });

  test("A2.5 the default file is skylex.db in the working directory", () => {
    expect(choose(undefined, { BSKY_SQLITE_FILENAME: "" })).toMatchObject({ location: "/work dir/skylex.db" });
  });

  test("paths, memory, URLs and objects", () => {
    expect(choose(":memory:")).toMatchObject({ kind: "sqlite", file: ":memory:" });
    expect(choose({ sqlite: "/abs/x.db" })).toMatchObject({ file: "/abs/x.db" });
    expect(choose("postgres://me:p%40ss@db.example:6000/sky")).toMatchObject({
      settings: { host: "db.example", port: 6000, user: "me", password: "p@ss", database: "sky", maxConnections: 4 },
    });
    expect(choose("postgresql://db.example/sky?sslmode=require")).toMatchObject({
      settings: { url: "postgresql://db.example/sky?sslmode=require" },
    });
    expect(choose({ postgres: { host: "h", user: "u", password: "p", database: "d" } })).toMatchObject({
      location: "h:5432/d",
    });
    expect(choose({ em: {}, driver: {} })).toMatchObject({ kind: "shared" });
  });

  test("G23 what is given as undefined has its default, and what is no port or number of connections is refused", () => {
    const given = { host: "h", user: "u", password: "s3cret", database: "d" };
    const postgres = { ...given, port: undefined, maxConnections: undefined };
    expect(choose({ postgres })).toMatchObject({ location: "h:5432/d", settings: { port: 5432, maxConnections: 4 } });
    for (const odd of [
      { port: 0 },
      { port: 70_000 },
      { port: Number.NaN },
      { maxConnections: 0 },
      { maxConnections: 1.5 },
    ]) {
      const refusal = { code: "configuration", message: expect.not.stringContaining("s3cret") as string };
      expect(() => choose({ postgres: { ...given, ...odd } })).toThrow(expect.objectContaining(refusal));
    }
  });

  test("G19 the brackets of an IPv6 address stay in the URL", () => {
    expect(choose("postgres://u:p@[::1]:5432/db")).toMatchObject({ settings: { host: "::1", port: 5432 } });
  });

  test.each(["postgres://u:p%zz@h/db", "postgres://%zz:s3cret@h/db", "postgres://u:s3cret@h/%zz"])(
    "D8 %s is refused as a setting, without the password",
    (url) => {
      const refusal = { code: "configuration", message: expect.not.stringMatching(/s3cret|%zz/) as string };
      expect(() => choose(url)).toThrow(expect.objectContaining(refusal));
    },
  );

  test.each(["mysql://u:s3cret@h/db", "postgre://u:s3cret@h/db", "https://u:s3cret@h/db"])(
    "M4 %s is refused, and is not a file name",
    (url) => {
      const refusal = { code: "configuration", message: expect.not.stringContaining("s3cret") as string };
      for (const attempt of [() => choose(url), () => choose({ sqlite: url })]) {
        expect(attempt).toThrow(expect.objectContaining(refusal));
      }
      expect(() => choose(undefined, { BSKY_SQLITE_FILENAME: url })).toThrow(expect.objectContaining(refusal));
    },
  );

  test("settings that make no sense are refused, without showing a password", () => {
    expect(() => choose("")).toThrow(/path/);
    expect(() => choose(undefined, { ...PG, PGPORT: "many" })).toThrow(/PGPORT/);
    for (const attempt of [() => choose("postgres://me:s3cret@:bad:/x"), () => choose({ sqlite: "" })]) {
      expect(attempt).toThrow(expect.objectContaining({ code: "configuration" }));
      expect(attempt).toThrow(expect.not.objectContaining({ message: expect.stringContaining("s3cret") }));
    }
  });
});
