import { Refusal, startService, type Service, type ServiceRequest } from "./service.ts";

interface Message {
  readonly id: string;
  readonly rev: string;
  readonly text: string;
  readonly sender: { readonly did: string };
  readonly sentAt: string;
}

interface Convo {
  readonly id: string;
  readonly members: readonly string[];
  rev: string;
  readonly messages: Message[];
}

interface LogEntry {
  readonly $type: string;
  readonly rev: string;
  readonly convoId: string;
  readonly message?: object;
}

export interface ChatService extends Service {
  /** For `atproto-proxy`, or the client's option */
  readonly proxy: string;
  /** Appends so many entries to the log of an account */
  seedLog(did: string, entries: number): void;
}

/** Entries of a page of the log */
const PAGE = 100;

/**
 * Direct messages as far as a client can tell: conversations, messages, and the log with its cursor. As with the real one, a
 * log asked for without a cursor starts now; pages go on until one is empty, and that one has a cursor, too.
 */
export async function startChatService({ plc }: { readonly plc: string }): Promise<ChatService> {
  const convos = new Map<string, Convo>();
  const logs = new Map<string, LogEntry[]>();
  let clock = 0;
  // Sorts like the real ones, which begin with a 3 for all dates of this age; thirteen 2s come before all of them.
  const nextRev = (): string => `3${(++clock).toString().padStart(12, "0")}`;
  const logOf = (did: string): LogEntry[] => logs.get(did) ?? logs.set(did, []).get(did) ?? [];
  const announce = ({ members }: Convo, entry: LogEntry): void => {
    for (const member of members) logOf(member).push(entry);
  };

  const viewOf = ({ id, rev, members, messages }: Convo, viewer: string) => ({
    id,
    rev,
    members: members.map((did) => ({ did, handle: "handle.invalid" })),
    muted: false,
    status: "accepted",
    unreadCount: messages.filter(({ sender }) => sender.did !== viewer).length,
    ...(messages.length > 0 && {
      lastMessage: { $type: "chat.bsky.convo.defs#messageView", ...(messages.at(-1) as Message) },
    }),
  });

  const convoOf = (id: unknown, member: string): Convo => {
    const convo = convos.get(String(id));
    if (convo?.members.includes(member) !== true) throw new Refusal(400, "InvalidConvo", "Convo not found");
    return convo;
  };

  const routes = {
    "GET chat.bsky.convo.getConvoForMembers": async (request: ServiceRequest) => {
      const { iss } = await request.token();
      const members = [...new Set([iss, ...request.params.getAll("members")])].sort();
      const id = members.join("+");
      let convo = convos.get(id);
      if (convo === undefined) {
        convo = { id, members, rev: nextRev(), messages: [] };
        convos.set(id, convo);
        announce(convo, { $type: "chat.bsky.convo.defs#logBeginConvo", rev: convo.rev, convoId: id });
      }
      return { convo: viewOf(convo, iss) };
    },
    "GET chat.bsky.convo.getConvo": async (request: ServiceRequest) => {
      const { iss } = await request.token();
      return { convo: viewOf(convoOf(request.params.get("convoId"), iss), iss) };
    },
    "GET chat.bsky.convo.listConvos": async (request: ServiceRequest) => {
      const { iss } = await request.token();
      const all = [...convos.values()].filter(({ members }) => members.includes(iss)).toReversed();
      const { items, cursor } = pageOf(all, request.params);
      return { convos: items.map((convo) => viewOf(convo, iss)), ...cursor };
    },
    "GET chat.bsky.convo.getMessages": async (request: ServiceRequest) => {
      const { iss } = await request.token();
      const { messages } = convoOf(request.params.get("convoId"), iss);
      const { items, cursor } = pageOf(messages.toReversed(), request.params);
      return { messages: items.map((one) => ({ $type: "chat.bsky.convo.defs#messageView", ...one })), ...cursor };
    },
    "POST chat.bsky.convo.sendMessage": async (request: ServiceRequest) => {
      const { iss } = await request.token();
      const input = await request.json();
      const convo = convoOf(input["convoId"], iss);
      const { text } = input["message"] as { text: string };
      const rev = nextRev();
      const message = { id: rev, rev, text, sender: { did: iss }, sentAt: new Date().toISOString() };
      convo.messages.push(message);
      convo.rev = rev;
      announce(convo, {
        $type: "chat.bsky.convo.defs#logCreateMessage",
        rev,
        convoId: convo.id,
        message: { $type: "chat.bsky.convo.defs#messageView", ...message },
      });
      return message;
    },
    "GET chat.bsky.convo.getLog": async (request: ServiceRequest) => {
      const { iss } = await request.token();
      const log = logOf(iss);
      const now = log.at(-1)?.rev ?? nextRev();
      const after = request.params.get("cursor") ?? now;
      const page = log.filter(({ rev }) => rev > after).slice(0, PAGE);
      return { cursor: page.at(-1)?.rev ?? after, logs: page };
    },
  };

  const service = await startService({ plc, id: "bsky_chat", routes });
  return Object.assign(service, {
    proxy: `${service.did}#bsky_chat`,
    seedLog(did: string, entries: number): void {
      for (let count = 0; count < entries; count++) {
        logOf(did).push({ $type: "chat.bsky.convo.defs#logBeginConvo", rev: nextRev(), convoId: `convo-${count}` });
      }
    },
  });
}

/** A page of a list that is walked from its start; the cursor is the number of items before the next one. */
function pageOf<Item>(all: readonly Item[], params: URLSearchParams) {
  const start = Number(params.get("cursor") ?? 0);
  const end = start + Number(params.get("limit") ?? 50);
  return { items: all.slice(start, end), cursor: end < all.length ? { cursor: String(end) } : {} };
}
