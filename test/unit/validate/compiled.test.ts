import type { LexiconDoc } from "@atproto/lexicon";
import { Lexicons, ValidationError } from "@atproto/lexicon";
import { describe, expect, test } from "vitest";
import { Compiler } from "../../../src/validate/compile.ts";
import { formatExamples, isFormat, isUsual } from "../../../src/validate/formats.ts";
import type { Part, Schema } from "../../../src/validate/schema.ts";
import { schemaOf } from "../../../src/validate/schema.ts";
import { toLex } from "../../../src/validate/values.ts";
import { Walk } from "../../../src/validate/walk.ts";
import type { Chance } from "../../support/fakes/mutations.ts";
import { chance, fuzzSeed, mutateJson, mutateText, oneOf } from "../../support/fakes/mutations.ts";
import { formats, official, rawCid, sample } from "./sample.ts";

const known = (ref: string): Schema | undefined => official.getDef(ref) as Schema | undefined;
const sending = new Compiler(known, true);
const receiving = new Compiler(known, false);

/** Something of the official lexicons that values are held to. */
interface Subject {
  readonly ref: string;
  readonly part: Part | "object";
  readonly schema: Schema;
}

const parts = ["parameters", "input", "output", "record"] as const;

const subjects: readonly Subject[] = [...official].flatMap(({ id, defs }) =>
  Object.keys(defs).flatMap((name): Subject[] => {
    const ref = name === "main" ? id : `${id}#${name}`;
    const definition = known(`lex:${ref}`) as Schema;
    if (definition.type === "object") return [{ ref, part: "object", schema: definition }];
    return parts.flatMap((part) => {
      const schema = schemaOf(definition, part);
      return schema === undefined ? [] : [{ ref, part, schema }];
    });
  }),
);

/** What `@atproto/lexicon` refuses, but for what it cannot check: where a lexicon refers to a record. */
function refuses({ ref, part }: Subject, value: unknown): boolean {
  try {
    const lex = toLex(value);
    if (part === "input") official.assertValidXrpcInput(ref, lex);
    else if (part === "output") official.assertValidXrpcOutput(ref, lex);
    else if (part === "parameters") official.assertValidXrpcParams(ref, lex);
    else {
      const result = official.validate(ref, lex);
      if (!result.success) throw result.error;
    }
    return false;
  } catch (error) {
    return error instanceof ValidationError && !error.message.includes("Unexpected lexicon type");
  }
}

function walked(schema: Schema, value: unknown, strict: boolean): readonly unknown[] {
  const walk = new Walk(known, strict);
  walk.check(schema, value, "value");
  return walk.issues;
}

const blob = { $type: "blob", ref: { $link: rawCid }, mimeType: "image/png", size: 1 };

const member: Schema = { type: "union", refs: ["lex:com.example.main"] };

/** What is often right where it does not come from. */
const pieces: readonly unknown[] = [
  ...Object.values(formats),
  blob,
  { ...blob, size: 5_000_000 },
  { ...blob, ref: { $link: rawCid.replace("bafkrei", "bafyrei") } },
  { ...blob, original: 1 },
  { cid: rawCid, mimeType: "image/png" },
  { $link: rawCid },
  { $link: rawCid, and: "more" },
  { $type: "com.example.other" },
  { $type: "lex:app.bsky.embed.images#main", images: [] },
  { $type: "app.bsky.feed.defs#notFoundPost#main" },
  { byteStart: 0, byteEnd: 1 },
  "2026-02-29T12:00:00.000Z",
  "2026-01-31T12:00:00+01:00",
  "1985-04-12T23:20:50.123",
  "👨‍👩‍👧‍👦".repeat(70),
  "x".repeat(64),
  new Uint8Array(3),
  5,
  true,
  [],
];

/** Another value in one place of it, or another text that is close to the one that is there. */
function vary(value: unknown, random: Chance): unknown {
  if (Array.isArray(value) && value.length > 0 && random(8) !== 0) {
    const at = random(value.length);
    return value.map((item: unknown, index) => (index === at ? vary(item, random) : item));
  }
  if (typeof value === "string" && random(2) === 0) return mutateText(value, [".", "-", ":", "Z", "a", "7"], random);
  if (value?.constructor !== Object || random(8) === 0) return oneOf(pieces, random);
  const name = oneOf([...Object.keys(value), "$type"], random);
  const { [name]: member, ...others } = value as Readonly<Record<string, unknown>>;
  return random(8) === 0 ? others : { ...others, [name]: vary(member, random) };
}

describe("the compiled checks", () => {
  test("know every right sample of an official definition, and leave none of them to others", () => {
    const undecided = subjects.filter(({ schema }) =>
      (["full", "small"] as const).some((extent) => {
        const value = sample(schema, [], extent);
        return !(sending.of(schema)(value) && receiving.of(schema)(value));
      }),
    );
    expect(subjects.length).toBeGreaterThan(900);
    // Whatever refers to a record is beyond `@atproto/lexicon`.
    expect(undecided.map(({ ref, part }) => `${ref} ${part}`)).toEqual(["com.atproto.lexicon.resolveLexicon output"]);
  });

  test.each<readonly [string, Schema, right: unknown, wrong: unknown]>([
    ["what is read as a link", { type: "ref", ref: "lex:com.example.main#loose" }, { version: "1" }, { $link: rawCid }],
    ["what is read as a blob", { type: "ref", ref: "lex:com.example.main#loose" }, { original: "1" }, blob],
    ["a blob in an open union", member, { $type: "com.example.other" }, blob],
    ["the long name of a type", member, { $type: "com.example.main", name: "日" }, { $type: "com.example.main#main" }],
    ["the name of a reference", member, { $type: "com.example.main", name: "日" }, { $type: "lex:com.example.main" }],
    [
      "bytes that are no units",
      member,
      { $type: "com.example.main", name: "日日日" },
      { $type: "com.example.main", name: "日日日日日" },
    ],
  ])("leave to others, or refuse: %s", (_, schema, right, wrong) => {
    const document = {
      lexicon: 1,
      id: "com.example.main",
      defs: {
        main: { type: "object", required: ["name"], properties: { name: { type: "string", maxLength: 10 } } },
        loose: { type: "object", properties: { version: { type: "string" }, original: { type: "string" } } },
        holder: { type: "object", properties: { held: schema } },
      },
    };
    const lexicons = new Lexicons([structuredClone(document) as unknown as LexiconDoc]);
    const find = (ref: string): Schema | undefined => lexicons.getDef(ref) as Schema | undefined;
    const holder = find("lex:com.example.main#holder") as Schema;
    const verdicts = (held: unknown): object => ({
      compiled: new Compiler(find, false).of(holder)({ held }),
      oracle: lexicons.validate("com.example.main#holder", toLex({ held })).success,
    });
    expect(verdicts(right)).toEqual({ compiled: true, oracle: true });
    expect(verdicts(wrong)).toEqual({ compiled: false, oracle: false });
  });

  test("say yes to nothing that @atproto/lexicon or the walk refuses", () => {
    const random = chance(fuzzSeed);
    const tally = { yes: 0, no: 0, wrong: [] as unknown[] };
    for (const subject of subjects) {
      const { ref, part, schema } = subject;
      for (let times = 0; times < 30; times++) {
        const whole = sample(schema, [], oneOf(["full", "small"], random));
        const value = random(3) === 0 ? mutateJson(whole, random) : vary(whole, random);
        for (const [check, strict] of [
          [sending, true],
          [receiving, false],
        ] as const) {
          if (!check.of(schema)(value)) {
            tally.no++;
            continue;
          }
          tally.yes++;
          const issues = walked(schema, value, strict);
          const refused = refuses(subject, value);
          if (refused || issues.length > 0) tally.wrong.push({ ref, part, strict, value, issues, refused });
        }
      }
    }
    expect(tally.wrong, `FUZZ_SEED=${fuzzSeed}`).toEqual([]);
    expect(Math.min(tally.yes, tally.no)).toBeGreaterThan(5000);
  });
});

const two = (number: number): string => String(number).padStart(2, "0");

/** Names of two to seven parts, around the longest that parts and names may be. */
const names = [1, 55, 60, 61, 62, 63, 64].flatMap((length) =>
  [2, 3, 4, 5, 6, 7].map((parts) => Array.from({ length: parts }, () => "a".repeat(length)).join(".")),
);

describe("texts that have a format at first sight", () => {
  const document = {
    lexicon: 1,
    id: "com.example.formats",
    defs: Object.fromEntries(
      Object.keys(formatExamples).map((format) => [
        format,
        { type: "object", required: ["text"], properties: { text: { type: "string", format } } },
      ]),
    ),
  };
  const oracle = new Lexicons([document as unknown as LexiconDoc]);
  const says = (format: string, text: string): boolean =>
    oracle.validate(`lex:com.example.formats#${format}`, { text }).success;

  const characters = "abcghijyz1234567890ABZ.:/-_~%#+T \n\u00e9".split("");

  /** The text with one character replaced, left out or added, each in turn. */
  const neighbours = (text: string): string[] =>
    Array.from({ length: text.length + 1 }, (_, at) => at).flatMap((at) => [
      text.slice(0, at) + text.slice(at + 1),
      ...characters.flatMap((one) => [
        text.slice(0, at) + one + text.slice(at + 1),
        text.slice(0, at) + one + text.slice(at),
      ]),
    ]);

  test.each(Object.keys(formatExamples))("%s: so says @atproto/lexicon of each", (format) => {
    const random = chance(fuzzSeed);
    const start = formats[format] as string;
    const long = ["a".repeat(63), "a".repeat(64), ".", "/", "-"];
    const texts = [
      start,
      ...names,
      ...names.map((name) => start.replace(/[^/]*$/, name)),
      ...names.map((name) => start.replace("app.bsky.feed.post", name)),
      ...neighbours(start),
      ...Array.from({ length: 2000 }, () => mutateText(start, [...characters, ...long], random)),
    ];
    expect(texts.filter((text) => isFormat(format, text) !== says(format, text))).toEqual([]);
    const usual = texts.filter((text) => isUsual(format, text)).length;
    expect(usual).toBeGreaterThan(10);
    expect(usual).toBeLessThan(texts.length);
  });

  test("datetime: every day of a common and of a leap year, and days that no month has", () => {
    for (const year of ["1900", "2000", "2023", "2024"]) {
      for (let month = 0; month <= 13; month++) {
        for (let day = 0; day <= 32; day++) {
          const text = `${year}-${two(month)}-${two(day)}T12:00:00Z`;
          expect([text, isFormat("datetime", text)]).toEqual([text, says("datetime", text)]);
        }
      }
    }
  });
});
