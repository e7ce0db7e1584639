import { describe, expect, test } from "vitest";
import { Client, type ClientOptions, ValidationError } from "../../../src/index.ts";
import { testClient } from "../../support/fakes/test-client.ts";

const failureOf = async (call: PromiseLike<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  return "It was not refused.";
}

describe("M2 options of a wrong type", () => {
  test.each<[object, string]>([
    [{ timeout: "5s" }, 'timeout must be a number of milliseconds, 0 or more, and is "5s"'],
    [{ timeout: -1 }, "timeout must be a number of milliseconds, 0 or more, and is -1"],
    [{ attemptTimeout: Number.NaN }, "attemptTimeout must be a number of milliseconds"],
    [{ retry: { attempts: 0 } }, "retry: attempts must be a whole number, 1 or more, and is 0"],
    [{ retry: 3 }, "retry must be an object with attempts, baseDelay"],
    [{ labelers: "did:plc:a" }, "labelers must be a list"],
  ])("%j of a client, a call", async (options, said) => {
    expect(refusalOf(() => new Client(options))).toContain(`new Client(): ${said}`);
    const { client, fetch } = testClient();
    const error = await failureOf(client.get("com.example.list", {}, options));
    expect(error).toBeInstanceOf(ValidationError);
    expect(String(error)).toContain(`com.example.list: ${said}`);
    expect(fetch.requests).toEqual([]);
  });

  test("of a view; a secret is not repeated", () => {
    expect(refusalOf(() => testClient().client.with({ timeout: "5s" as never }))).toContain("client.with(): timeout");
    const said = refusalOf(() => new Client({ password: ["secret"] as never }));
    expect(said).toContain("password must be a text");
    expect(said).not.toContain("secret");
  });

  test("what is allowed is taken: Infinity, 0, false, undefined, instances", async () => {
    const options: ClientOptions = {
      timeout: Infinity,
      attemptTimeout: Infinity,
      retry: false,
      validate: false,
      headers: new Headers(),
    };
    expect(new Client({ ...options, identifier: undefined, service: new URL("https://a.test") })).toBeInstanceOf(
      Client,
    );
    const { client } = testClient([Response.json({}), Response.json({})]);
    await client.get("com.example.list", {}, options as never);
    await client.get("com.example.list", {}, { retry: { attempts: 1, decide: () => true }, validate: { input: true } });
  });
});

describe("M3 options that there are not", () => {
  test.each<[object, string]>([
    [{ username: "a.test" }, "new Client(): username is not an option: do you mean identifier?"],
    [{ passwrd: "x" }, "new Client(): passwrd is not an option: do you mean password?"],
    [{ timeOut: 1 }, "new Client(): timeOut is not an option: do you mean timeout?"],
    [{ retry: { attemps: 3 } }, "new Client(): retry: attemps is not an option: do you mean attempts?"],
    [{ frobnicate: 1 }, "new Client(): frobnicate is not an option: there are service, identifier"],
    [{ constructor: 1 }, "new Client(): constructor is not an option"],
  ])("%j", (options, said) => {
    expect(refusalOf(() => new Client(options as ClientOptions))).toContain(said);
  });

  test("of a call and of a view", async () => {
    const { client, fetch } = testClient();
    const error = await failureOf(client.app.bsky.actor.getProfile({ actor: "a.test" }, { timout: 5 } as never));
    expect(String(error)).toContain("app.bsky.actor.getProfile: timout is not an option: do you mean timeout?");
    expect(refusalOf(() => client.with({ labeler: [] } as never))).toContain("do you mean labelers?");
    expect(fetch.requests).toEqual([]);
  });
});
