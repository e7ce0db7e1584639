import { describe, expect, test } from "vitest";
import { createCipher } from "../../../src/storage/shared/encryption.ts";

const HEX = "00112233445566778899aabbccddeeff".repeat(2);
const BASE64 = Buffer.from(HEX, "hex").toString("base64");

describe("tokens at rest", () => {
  test.each([
    ["hex", HEX],
    ["base64", BASE64],
    ["base64url", Buffer.from(HEX, "hex").toString("base64url")],
    ["a passphrase", "correct horse battery staple"],
  ])("A4.12 a key as %s seals and opens, differently each time", async (_form, key) => {
    const cipher = createCipher(key);
    const [one, two] = await Promise.all([cipher.seal("tökén", "a"), cipher.seal("tökén", "a")]);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^skx1:/);
    expect(await createCipher(key).open(one, "a")).toBe("tökén");
    expect(await cipher.open(two, "a")).toBe("tökén");
  });

  test("the forms of one key are one key", async () => {
    const sealed = await createCipher(HEX).seal("token", "a");
    expect(sealed).toMatch(/^skx1:-:/);
    expect(await createCipher(BASE64).open(sealed, "a")).toBe("token");
  });

  test("a passphrase takes over the salt it finds, so that scrypt runs once for a database", async () => {
    const sealed = await createCipher("passphrase").seal("token", "a");
    const reader = createCipher("passphrase");
    await reader.open(sealed, "a");
    expect((await reader.seal("next", "a")).split(":")[1]).toBe(sealed.split(":")[1]);
  });

  test("another key, another place, a changed or cut value: `wrong-key`; no key: `missing-key`", async () => {
    const sealed = await createCipher(HEX).seal("token", "alice access");
    const last = sealed.at(-2) === "A" ? "B" : "A";
    const attempts = [
      ["passphrase", sealed, "alice access"],
      [HEX.replace("0", "1"), sealed, "alice access"],
      [HEX, sealed, "alice refresh"],
      [HEX, sealed.slice(0, -2) + last + sealed.slice(-1), "alice access"],
      [HEX, sealed.slice(0, -10), "alice access"],
      [HEX, "skx1:-:", "alice access"],
    ] as const;
    for (const [key, value, context] of attempts) {
      await expect(createCipher(key).open(value, context)).rejects.toMatchObject({ code: "wrong-key" });
    }
    await expect(createCipher(undefined).open(sealed, "alice access")).rejects.toMatchObject({ code: "missing-key" });
    await expect(createCipher("").open(sealed, "alice access")).rejects.toMatchObject({ code: "missing-key" });
  });

  test("what was stored before there was a key is read as it is", async () => {
    expect(await createCipher(HEX).open("eyJ.token", "a")).toBe("eyJ.token");
    expect(await createCipher(undefined).seal("eyJ.token", "a")).toBe("eyJ.token");
  });
});
