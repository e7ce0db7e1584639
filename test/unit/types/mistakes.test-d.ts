import { Client, Post, RichText, type PagePromise } from "../../../src/index.ts";
import { equal } from "./equal.ts";

// Every mistake is on a line of its own: what does not compile must be told there, and nowhere else in the call.

const client = new Client();

/** M12 a misspelt name of an endpoint is told at the name, however many arguments follow. */
export function names(): void {
  client.get(
    // @ts-expect-error M12 misspelt
    "app.bsky.feed.getPostThred",
    { uri: "at://x" },
  );
  client.get(
    // @ts-expect-error M12 misspelt
    "app.bsky.feed.getPostThred",
  );
  client.post(
    // @ts-expect-error M12 misspelt
    "com.atproto.repo.createRecrod",
    {},
  );
  client.get(
    "app.bsky.feed.getPostThread",
    // @ts-expect-error M12 another parameter
    { url: "at://x" },
  );
}

interface Thing {
  readonly name: string;
}

/** L10 the type of a response that no lexicon describes can be said. */
export async function responses(): Promise<void> {
  const thing = client.get<Thing>("com.example.getThing", { id: 1 });
  equal<typeof thing, PagePromise<Thing>>(true);
  equal<Awaited<typeof thing>, Thing>(true);
  const made = await client.post<Thing>("com.example.putThing", new Uint8Array());
  equal<typeof made, Thing>(true);
  const unsaid = await client.get("com.example.getThing");
  equal<typeof unsaid, unknown>(true);
}

/** L10 a wrong field of a post is told at the field. */
export function posts(): void {
  client.createPost({
    text: "x",
    // @ts-expect-error L10 also the name of a method of Post
    image: [],
  });
  client.createPost({
    text: "x",
    // @ts-expect-error L10 misspelt
    imges: [],
  });
  client.createPost(
    {
      text: "x",
      // @ts-expect-error L10 misspelt
      lang: ["en"],
    },
    { dryRun: true },
  );
  client.createPost({
    text: "x",
    // @ts-expect-error L10 of another type
    langs: "en",
  });
  client.createPost({
    // @ts-expect-error L10 of another type
    text: 5,
  });
  client.createPost(
    { text: "x" },
    {
      // @ts-expect-error L10 an option that there is none of
      dryRn: true,
    },
  );
  client.createThread([
    "x",
    {
      text: "y",
      // @ts-expect-error L10 misspelt
      imges: [],
    },
  ]);
}

/** L10 whatever can be posted still can. */
export function right(either: string | Post | RichText): void {
  client.createPost(either);
  client.createPost("x", { dryRun: true });
  client.createPost({ text: new RichText("x"), langs: ["en"] });
  client.createThread([either, { text: "x" }, new Post("y")]);
  client.createThread(["x"], { dryRun: true });
}
