/** What the library says of its methods and options, and what does the same on the command line. The first that fits is taken. */
const words: readonly (readonly [library: string | RegExp, terminal: string])[] = [
  [/(?:, and| and) this client has none/, ", and nobody is logged in"],
  ["This client has no account", "Nobody is logged in"],
  [
    "Call client.login(identifier, password), or give new Client({ identifier, password }).",
    "Log in with skylex login.",
  ],
  [
    "Give it one: new Client({ identifier, password }), or client.login(identifier, password).",
    "Log in with skylex login.",
  ],
  [
    "Give it one: BSKY_AUTH_USERNAME and BSKY_AUTH_PASSWORD, new Client({ identifier, password }), or client.login(identifier, password).",
    "Log in with skylex login.",
  ],
  [/client\.login\([^()]*\{ fresh: true \}\)/g, "skylex login --fresh"],
  [/client\.login\([^()]*\{ authFactorToken \}\)/g, "skylex login --code CODE"],
  [/client\.login\([^()]*\), new Client\(\{ identifier, password \}\), or BSKY/g, "skylex login NAME, or BSKY"],
  [/, new Client\(\{ identifier, password \}\), or client\.login\([^()]*\)/g, ", or log in with skylex login"],
  [/client\.login\([^()]*\)/g, "skylex login"],
  ["client.logout()", "skylex logout"],
  ["new Client({ password })", "the program"],
  [
    'new Client({ services: { ozone: "did:plc:…" } }), or { proxy: "did:plc:…#atproto_labeler" } for this call',
    "--proxy did:plc:…#atproto_labeler",
  ],
  [/new Client\(\{ service \}\)/g, "--service URL"],
  [/\{ service: "[^"]*" \}/g, "--service URL"],
  ["; read a larger one with the option `maxResponseBytes`", "; a program can read a larger one with the library"],
  ["set allowMissingAlt", "give --allow-missing-alt"],
  ["{ thread: true }", "--thread"],
  ["{ gallery: true }", "with more --image"],
  ["{ transcode: true }", "--transcode"],
  [": { markdown: { remoteImages: true } } lets such pictures be downloaded", ": download it, and name the file"],
  [": { markdown: { baseDir } } names another folder", ": put the pictures beside the text"],
  [", the baseDir of pictures in markdown,", ", where pictures are looked for,"],
  [
    /Give this one a key of its own, or say what is to happen, \{ ifKeyExists: "return" \} or \{ ifKeyExists: "post" \}/,
    "Give this one a --key of its own",
  ],
  [
    /client\.cursors\.reset\(\{ endpoint: "([^"]*)", key: ("(?:[^"\\]|\\.)*"|[^ ]*) \}\) to begin anew/,
    "skylex cursors reset $1 $2 to begin anew",
  ],
  ['; or allow it for parameters that only bound the list: { params: "any" }', ""],
  [/in the call's options, \{ items: … \}, or use \.pages\(\)/, "with --items PROPERTY, or leave --all out"],
  [/ Call client\.close\(\) first\./, ""],
  ["; client.log.failures counts", ""],
  ["; { refresh: true } asks again", ""],
  [/, or turn this off: new Client\(\{ validate: false \}\)/, ""],
  [/: call again then, or wait for it with the budget policy "wait"/, ": run it again then"],
  [
    /, or let what there is room for go first: \{ budget: "wait" \} with a `timeout` that is long enough for each request/,
    "",
  ],
  [/ ?The limit is the one that new Client\(\{ budget \}\) was given\./, ""],
  ["none, say so: new Client({ budget: { services: { ", "none, only a program can say so, for "],
  [": … } } }).", "."],
  [": mention the DID, or let client.createPost look it up", ": mention the DID"],
  [/: call it with client\.(?:get|post)\b/g, ""],
];

/** Fields of a post, and the flags that fill them. */
const fields: readonly (readonly [library: RegExp, terminal: (match: string, at?: string) => string])[] = [
  [/\b(?:posts\[\d+\]\.)?images\[(\d+)\]\.alt\b/g, (_, at) => `the --alt of picture ${Number(at) + 1}`],
  [/\b(?:posts\[\d+\]\.)?video\.alt\b/g, () => "the --alt of the video"],
  [/\b(?:posts\[\d+\]\.)?replyTo\b/g, () => "--reply"],
  [/\b(?:posts\[\d+\]\.)?threadgate(?:\[\d+\])?(?= )/g, () => "--replies-from"],
];

/** A message of the library in words of the command line. */
export function inTerminalWords(message: string): string {
  let said = message;
  for (const [library, terminal] of words) said = said.replace(library, terminal);
  return said;
}

/** The same for what was refused here: names of fields are those of flags. */
export function refusalInTerminalWords(message: string): string {
  let said = inTerminalWords(message);
  for (const [library, terminal] of fields) said = said.replace(library, terminal);
  return said;
}
