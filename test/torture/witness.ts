import type { ProxyLogEntry } from "../support/servers/fault-proxy.ts";

const JWT = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/** Remembers every secret that passes, and keeps the address of the real server from clients, which would ask it past the proxy. */
export class Witness {
  /** Passwords, tokens and keys, and what each is */
  readonly secrets = new Map<string, string>();
  /** Refresh tokens that an answer brought, and whose they are */
  readonly sessions: { readonly nsid: string; readonly did: string; readonly entry: ProxyLogEntry }[] = [];

  readonly look = (entry: ProxyLogEntry, body: Buffer): Buffer => {
    for (const text of [entry.headers.authorization ?? "", isSession(entry.nsid) ? String(body) : ""]) {
      for (const [token] of text.matchAll(JWT)) this.secrets.set(token, `a token of ${entry.nsid}`);
    }
    if (!isSession(entry.nsid) || entry.serverStatus !== 200) return body;
    const { didDoc: _, ...session } = JSON.parse(String(body)) as Record<string, unknown>;
    this.sessions.push({ nsid: entry.nsid, did: String(session["did"]), entry });
    return Buffer.from(JSON.stringify(session));
  };
}

const isSession = (nsid: string): boolean => /^com\.atproto\.server\.(?:create|refresh|get)Session$/.test(nsid);
