import { randomBytes, scryptSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { keyOfBefore, sealAsBefore } from "./sealed-before.ts";
import { createCipher } from "../../../src/storage/shared/encryption.ts";

const HEX = keyOfBefore;
const BASE64 = Buffer.from(HEX, "hex").toString("base64");

const a = { owner: "a", endpoint: "https://pds.example" };
const access = { owner: "alice access", endpoint: "https://pds.example" };

describe("tokens at rest", () => {
  test.each([
    ["hex", HEX],
    ["base64", BASE64],
    ["base64url", Buffer.from(HEX, "hex").toString("base64url")],
    ["a passphrase", "correct horse battery staple"],
  ])("A4.12 a key as %s seals and opens, differently each time", async (_form, key) => {
    const cipher = createCipher(key);
    const [one, two] = await Promise.all([cipher.seal("tökén", a), cipher.seal("tökén", a)]);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^skx1:/);
    expect(await createCipher(key).open(one, a)).toEqual({ value: "tökén", isBound: true });
    expect(await cipher.open(two, a)).toEqual({ value: "tökén", isBound: true });
  });

  test("the forms of one key are one key", async () => {
    const sealed = await createCipher(HEX).seal("token", a);
    expect(sealed).toMatch(/^skx1:-:/);
    expect((await createCipher(BASE64).open(sealed, a)).value).toBe("token");
  });

  test("a passphrase takes over the salt it finds, so that scrypt runs once for a database", async () => {
    const sealed = await createCipher("passphrase").seal("token", a);
    const reader = createCipher("passphrase");
    await reader.open(sealed, a);
    expect((await reader.seal("next", a)).split(":")[1]).toBe(sealed.split(":")[1]);
  });

  test("another key, another place, a changed or cut value: `wrong-key`; no key: `missing-key`", async () => {
    const sealed = await createCipher(HEX).seal("token", access);
    const parts = sealed.split(":");
    const [, , , bytes = ""] = parts;
    const last = bytes.at(-2) === "A" ? "B" : "A";
    const withBytes = (changed: string): string => parts.with(3, changed).join(":");
    const attempts = [
      ["passphrase", sealed, access],
      [HEX.replace("0", "1"), sealed, access],
      [HEX, sealed, { ...access, owner: "alice refresh" }],
      [HEX, withBytes(bytes.slice(0, -2) + last + bytes.slice(-1)), access],
      [HEX, withBytes(bytes.slice(0, -10)), access],
      [HEX, "skx1:-:", access],
    ] as const;
    for (const [key, value, context] of attempts) {
      await expect(createCipher(key).open(value, context)).rejects.toMatchObject({ code: "wrong-key" });
    }
    await expect(createCipher(undefined).open(sealed, access)).rejects.toMatchObject({ code: "missing-key" });
    await expect(createCipher("").open(sealed, access)).rejects.toMatchObject({ code: "missing-key" });
  });

  test("what was stored before there was a key is read as it is", async () => {
    expect(await createCipher(HEX).open("eyJ.token", a)).toEqual({ value: "eyJ.token", isBound: false });
    expect(await createCipher(undefined).seal("eyJ.token", a)).toBe("eyJ.token");
  });

  test("T3 a value opens for the server it was sealed for, and for no other", async () => {
    for (const endpoint of ["https://pds.example", undefined]) {
      const sealed = await createCipher(HEX).seal("token", { ...a, endpoint });
      expect(await createCipher(HEX).open(sealed, { ...a, endpoint })).toEqual({ value: "token", isBound: true });
      for (const other of ["https://evil.example", undefined, "https://pds.example"].filter(
        (one) => one !== endpoint,
      )) {
        const opened = createCipher(HEX).open(sealed, { ...a, endpoint: other });
        await expect(opened).rejects.toMatchObject({ code: "wrong-key" });
      }
      // Called a value of the older form, it does not open either.
      const renamed = sealed.split(":").slice(0, 4).join(":");
      await expect(createCipher(HEX).open(renamed, { ...a, endpoint })).rejects.toMatchObject({ code: "wrong-key" });
    }
  });

  test("T3 a value of the older form is readable, and vouches for no server", async () => {
    const sealed = sealAsBefore("token", "a");
    for (const endpoint of ["https://pds.example", "https://evil.example", undefined]) {
      const opened = await createCipher(HEX).open(sealed, { owner: "a", endpoint });
      expect(opened).toEqual({ value: "token", isBound: false });
    }
  });

  test.each(["\n", "\r\n"])("T5 %j at the end of a key belongs to its file, not to the key", async (end) => {
    for (const key of [HEX, "correct horse"]) {
      const sealed = await createCipher(key + end).seal("token", a);
      expect((await createCipher(key).open(sealed, a)).value).toBe("token");
      expect((await createCipher(key + end).open(await createCipher(key).seal("token", a), a)).value).toBe("token");
      const other = createCipher(`another${end}`).open(sealed, a);
      await expect(other).rejects.toMatchObject({ code: "wrong-key" });
    }
    expect(await createCipher(end).seal("token", a)).toBe("token");
  });

  test("T5 what was sealed while a newline was taken for a part of the key is readable", async () => {
    // A passphrase as versions derived it that did not take the newline away.
    const salt = randomBytes(16);
    const derived = scryptSync("correct horse\n", salt, 32, { N: 1 << 15, r: 8, p: 1, maxmem: 64 << 20 });
    const sealed = sealAsBefore("token", "a", { key: derived, salt: salt.toString("base64url") });
    expect((await createCipher("correct horse\n").open(sealed, a)).value).toBe("token");
    await expect(createCipher("correct horse").open(sealed, a)).rejects.toMatchObject({ code: "wrong-key" });
  });
});
