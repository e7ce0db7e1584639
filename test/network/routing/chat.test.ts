import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  AuthenticationError,
  type Client,
  InsufficientScopeError,
  isDeclaredError,
  XrpcError,
} from "../../../src/index.ts";
import { chatBskyConvoGetConvoForMembers } from "../../../generated/definitions/chat.bsky.ts";
import { signUp, type Account } from "../../support/servers/accounts.ts";
import { processAll } from "../../support/servers/control.ts";
import { startChatService, type ChatService } from "../../support/stand-ins/chat-service.ts";
import { startService, type Service } from "../../support/stand-ins/service.ts";
import { clientOf } from "./people.ts";

const { pds, pdsDid, plc } = inject("network");
let alice: Account;
let bob: Account;
let chat: ChatService;
const of = (account: Account): Client => clientOf(account, pds, { services: { chat: chat.did } });

beforeAll(async () => {
  [alice, bob, chat] = await Promise.all([signUp(pds), signUp(pds), startChatService({ plc })]);
});
afterAll(() => chat.close());

describe("direct messages", () => {
  test("A3.4 a chat call goes to the PDS with the proxy header, and reaches the service with the PDS's token", async () => {
    const client = of(alice);
    const { data, http } = await client.chat.bsky.convo.listConvos({ limit: 5 }).withResponse();
    expect(data.convos).toEqual([]);
    expect(new URL(http.url).origin).toBe(pds);
    const { headers, params } = chat.arrivals.at(-1) as ChatService["arrivals"][number];
    expect(params.get("limit")).toBe("5");
    expect(headers.authorization).not.toContain(alice.accessJwt);
    const [row] = await client.log.query({ endpoint: "xrpc/chat.bsky.convo.listConvos" });
    expect(row).toMatchObject({ hostname: new URL(pds).host, proxy: chat.proxy, requestDid: alice.did });
  });

  test("from the first message to the other's log", async () => {
    const [from, to] = [of(alice), of(bob)];
    const { cursor } = await to.chat.bsky.convo.getLog();
    const { convo } = await from.chat.bsky.convo.getConvoForMembers({ members: [bob.did] });
    await from.chat.bsky.convo.sendMessage({ convoId: convo.id, message: { text: "hello" } });
    const { messages } = await to.chat.bsky.convo.getMessages({ convoId: convo.id });
    expect(messages).toMatchObject([{ text: "hello", sender: { did: alice.did } }]);
    const news: string[] = [];
    // The last page is empty and repeats its cursor, which a walk takes for its end.
    const { logs } = await to.chat.bsky.convo.getLog({ cursor });
    for (const entry of logs) news.push(entry.$type);
    expect(news).toEqual(["chat.bsky.convo.defs#logBeginConvo", "chat.bsky.convo.defs#logCreateMessage"]);
    await expect(from.chat.bsky.convo.getConvo({ convoId: "none" })).rejects.toMatchObject({
      status: 400,
      error: "InvalidConvo",
    });
  });

  test("an app password without access to messages: a typed hint; one with access works", async () => {
    const client = of(alice);
    for (const privileged of [false, true]) {
      const { password } = await client.com.atproto.server.createAppPassword({ name: `p${privileged}`, privileged });
      const { accessJwt } = await client.com.atproto.server.createSession({ identifier: alice.did, password });
      const own = of({ ...alice, accessJwt });
      const error = await own.chat.bsky.convo.listConvos().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error instanceof InsufficientScopeError).toBe(!privileged);
      expect(error === undefined).toBe(privileged);
    }
  });

  test("a token of the wrong kind is the service's to refuse", async () => {
    const client = of(alice);
    const token = await client.serviceAuth({ aud: pdsDid, lxm: "chat.bsky.convo.listConvos" });
    const direct = { service: chat.url, headers: { authorization: `Bearer ${token}` } };
    const error = await client.chat.bsky.convo.listConvos({}, direct).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ error: "BadJwtAudience" });
    expect(isDeclaredError(chatBskyConvoGetConvoForMembers, error)).toBe(false);
    const right = await client.serviceAuth({ aud: chat.did, lxm: "chat.bsky.convo.listConvos" });
    const own = { service: chat.url, headers: { authorization: `Bearer ${right}` } };
    expect(await client.chat.bsky.convo.listConvos({}, own)).toMatchObject({ convos: [expect.anything()] });
  });
});

describe("moderation", () => {
  let ozone: Service;
  const reports: unknown[] = [];
  beforeAll(async () => {
    ozone = await startService({
      plc,
      id: "atproto_labeler",
      routes: {
        "GET tools.ozone.team.listMembers": async (request) => ({ members: [], caller: (await request.token()).iss }),
        "POST com.atproto.moderation.createReport": async (request) => {
          const { iss } = await request.token();
          const input = await request.json();
          reports.push(input);
          return { ...input, id: 1, reportedBy: iss, createdAt: new Date().toISOString() };
        },
      },
    });
  });
  afterAll(() => ozone.close());

  test("reports and the work on them go to the service that is configured, by the PDS", async () => {
    const client = clientOf(alice, pds, { services: { ozone: ozone.did } });
    expect(await client.tools.ozone.team.listMembers()).toMatchObject({ caller: alice.did });
    const subject = { $type: "com.atproto.admin.defs#repoRef", did: bob.did } as const;
    const reasonType = "com.atproto.moderation.defs#reasonSpam";
    const report = await client.com.atproto.moderation.createReport({ reasonType, subject });
    expect(report.reportedBy).toBe(alice.did);
    expect(reports).toMatchObject([{ reasonType }]);
  });

  test("any service of a DID can be reached so, for one call", async () => {
    const client = clientOf(alice, pds);
    const proxy = `${ozone.did}#atproto_labeler`;
    expect(await client.tools.ozone.team.listMembers({}, { proxy })).toMatchObject({ caller: alice.did });
    const nobody = client.tools.ozone.team.listMembers({}, { proxy: `${ozone.did}#other`, retry: false });
    await expect(nobody).rejects.toBeInstanceOf(XrpcError);
  });
});

/** Those the AppView asked for labels. */
async function labelersOf(options: { readonly labelers?: readonly string[] }): Promise<string | null> {
  const call = clientOf(alice, pds).app.bsky.actor.getProfile({ actor: alice.did }, options);
  return (await call.withResponse()).http.headers.get("atproto-content-labelers");
}

test("the labelers of a call are those the AppView asks for labels; it has its own if none are named", async () => {
  await processAll(inject("network"));
  const usual = await labelersOf({});
  expect(usual).toMatch(/^did:\S+;redact/);
  const [first = ""] = usual?.split(",") ?? [];
  expect(await labelersOf({ labelers: [first] })).toBe(first);
  expect(await labelersOf({ labelers: [first.replace(";redact", "")] })).toBe(first.replace(";redact", ""));
  expect(await labelersOf({ labelers: [] })).toBe("");
});
