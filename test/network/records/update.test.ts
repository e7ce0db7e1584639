import { beforeAll, describe, expect, inject, test, vi } from "vitest";
import { RecordConflictError } from "../../../src/index.ts";
import { again, join, type Person } from "../endpoints/accounts.ts";
import { newPerson, reasonOf } from "./world.ts";

const { pds } = inject("network");
let alice: Person;
beforeAll(async () => {
  alice = await newPerson();
});

describe("update", () => {
  test("loses nothing when many change one record at a time, the same change included", async () => {
    const person = await join(pds);
    const { records } = person.client;
    await records.put("com.example.counter", "a", { count: 0, names: [] });
    const updaters = Array.from({ length: 8 }, () => again(person, { service: pds }));
    await Promise.all(
      updaters.map((client, index) =>
        client.records.update<{ count: number; names: string[] }>(
          "com.example.counter",
          "a",
          // Two of them at a time write the very same.
          ({ count, names }) => ({ count: count + 1, names: [...names, `n${index >> 1}`] }),
          { rounds: 100 },
        ),
      ),
    );
    const { value } = await records.get<{ count: number; names: string[] }>("com.example.counter", "a");
    expect(value.count).toBe(8);
    expect(value.names.toSorted()).toEqual(["n0", "n0", "n1", "n1", "n2", "n2", "n3", "n3"]);
  });

  test("gives up after its rounds, and says what is there", async () => {
    const { records } = alice.client;
    const { uri } = await records.create("com.example.thing", { n: 0 }, { rkey: "busy" });
    let n = 1;
    const spoiled = records.update<{ n: number }>(
      "com.example.thing",
      uri,
      async (value) => {
        await records.put("com.example.thing", "busy", { n: n++ });
        return { n: value.n + 100 };
      },
      { rounds: 3 },
    );
    const error = await reasonOf(spoiled);
    expect(error).toBeInstanceOf(RecordConflictError);
    expect(error).toMatchObject({ uri, ambiguous: false });
    expect((error as RecordConflictError).cause).toMatchObject({ error: "InvalidSwap" });
    expect((await records.get("com.example.thing", uri)).value).toMatchObject({ n: 3 });
  });

  test("of a record that is not there says so, and writes none", async () => {
    const change = vi.fn<() => { text: string }>(() => ({ text: "new" }));
    const error = await reasonOf(alice.client.app.bsky.feed.post.update("3jzfcijpj2zzz", change));
    expect(error).toMatchObject({ error: "RecordNotFound" });
    expect(change).not.toHaveBeenCalled();
  });

  test("is made by its first update, once", async () => {
    const person = await join(pds);
    const { profile } = person.client.app.bsky.actor;
    const seen: unknown[] = [];
    await Promise.all(
      ["displayName", "description"].map((name) =>
        profile.update((value) => {
          seen.push(value);
          return { ...value, [name]: name };
        }),
      ),
    );
    expect((await profile.get()).value).toMatchObject({ displayName: "displayName", description: "description" });
    expect(seen).toContain(undefined);
  });
});
