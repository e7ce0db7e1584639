import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ts } from "ts-morph";
import { expect, test } from "vitest";
import { inTerminalWords, refusalInTerminalWords } from "../../../src/cli/wording.ts";

const root = join(import.meta.dirname, "../../../src");

/** What only a program can do: methods, options, literals of objects. */
const ofLibrary =
  /client\.\w+|new Client\(|\{ \w+(?:: [^}]*)?\}|allowMissingAlt|ifKeyExists|skipUploads|maxResponseBytes|authFactorToken|\.pages\(\)|baseDir|`timeout`|`\w+Timeout`/;

/** Rooms whose messages no command can raise. */
const unheard = /^(?:cli|testing)\//;

/** Messages that no command can raise: it does not use what they are about. */
const notRaised: readonly RegExp[] = [
  /^This is not a session string/, // sessions are not imported
  /needs an aspectRatio in a gallery/, // pictures that can be read have theirs
  /^login\(\) does not know whose session/, // a name is asked for before
  /^is none of .*, \{ list \}$/, // --replies-from makes the rules
  /with commit "explicit" somebody/, // --resume notes what was printed
  /^Whose account .* is will be known after its login/,
];

/** The texts of a file in which a sentence stands, with `X` for what is put in. */
function sentencesOf(source: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.push(node.text);
    else if (ts.isTemplateExpression(node))
      texts.push(node.head.text + node.templateSpans.map(({ literal }) => `X${literal.text}`).join(""));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest));
  return texts.filter((text) => / \w+ /.test(text) && ofLibrary.test(text));
}

const sentences = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !unheard.test(file))
  .flatMap((file) => sentencesOf(readFileSync(join(root, file), "utf8")))
  .filter((sentence) => !notRaised.some((one) => one.test(sentence)));

test("M15 there are messages of the library that the terminal must say in its own words", () => {
  expect(sentences.length).toBeGreaterThan(15);
});

test.each(sentences)("M15 in the terminal no library word is left of: %s", (sentence) => {
  expect(inTerminalWords(sentence)).not.toMatch(ofLibrary);
});

test("M15 the commands themselves speak of flags", () => {
  const own = readdirSync(join(root, "cli"), { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && file !== "wording.ts",
  );
  const texts = own.flatMap((file) => sentencesOf(readFileSync(join(root, "cli", file), "utf8")));
  expect(
    texts.filter((text) => /\b(?:client\.(?:login|close|log)|new Client\()/.test(text) && !/^\s*import/.test(text)),
  ).toEqual([]);
});

const said: readonly (readonly [library: string, terminal: string])[] = [
  [
    "app.bsky.feed.getTimeline needs an account, and this client has none. Give it one: new Client({ identifier, password }), or client.login(identifier, password). Nothing was sent.",
    "app.bsky.feed.getTimeline needs an account, and nobody is logged in. Log in with skylex login. Nothing was sent.",
  ],
  [
    "The post cannot be sent: images[0].alt is missing: say what is to be seen, or set allowMissingAlt. Nothing was sent.",
    "The post cannot be sent: the --alt of picture 1 is missing: say what is to be seen, or give --allow-missing-alt. Nothing was sent.",
  ],
  [
    "The post cannot be sent: text has 310 graphemes, 10 more than the 300 of a post: shorten it, or let it become a thread, { thread: true }. Nothing was sent.",
    "The post cannot be sent: text has 310 graphemes, 10 more than the 300 of a post: shorten it, or let it become a thread, --thread. Nothing was sent.",
  ],
  [
    "The session of a.test (did:plc:a) is over: the server refused. Log in again: client.login(identifier, password)",
    "The session of a.test (did:plc:a) is over: the server refused. Log in again: skylex login",
  ],
  [
    "The post cannot be sent: replyTo is gone. Nothing was sent.",
    "The post cannot be sent: --reply is gone. Nothing was sent.",
  ],
];

test.each(said)("M15 %s", (library, terminal) => {
  expect(refusalInTerminalWords(library)).toBe(terminal);
});
