import { describe, expect, test } from "vitest";
import { ValidationError } from "../../../src/core/errors/index.ts";
import { altText } from "../../../src/media/image/alt.ts";

describe("A14.9 a description", () => {
  test.each([undefined, "", "  \n"])("that is missing is refused with its place: %j", (alt) => {
    let error: unknown;
    try {
      altText(alt, "images[1]");
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).issues.map(({ path }) => path)).toEqual(["images[1].alt"]);
    expect((error as ValidationError).message).toMatch(/allowMissingAlt.*Nothing was sent/s);
  });

  test("is taken as it is, and may be missing if that is said", () => {
    expect(altText(" a cat ", "images[0]")).toBe(" a cat ");
    expect(altText(undefined, "images[0]", { allowMissingAlt: true })).toBe("");
    expect(altText("", "images[0]", { allowMissingAlt: true })).toBe("");
  });
});
