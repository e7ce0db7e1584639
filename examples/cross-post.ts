/**
 * Posts every markdown file of a folder once: `node cross-post.ts notes`. Pictures are given as `![what is to be seen](picture.jpg)`, long texts
 * become threads.
 *
 * The name of a file is the key of its post, so a second run posts what is new and nothing else.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client, RecordConflictError } from "skylex";

const folder = process.argv[2] ?? ".";
await using client = new Client();

for (const name of globSync("*.md", { cwd: folder }).sort()) {
  const text = readFileSync(join(folder, name), "utf8");
  try {
    const post = await client.createPost(text, { markdown: { baseDir: folder }, key: name, thread: true });
    console.log(`${name}: ${post.existing ? "is posted already" : `${post.posts.length} posted`}, ${post.url}`);
  } catch (error) {
    if (!(error instanceof RecordConflictError)) throw error;
    console.log(`${name}: was changed since it was posted, and is left as it is, ${error.uri}`);
  }
}
