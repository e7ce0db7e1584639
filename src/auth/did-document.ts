const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Gives the origin of the account's own server from a DID document: the service `#atproto_pds`.
 * `undefined` if the document is another's, names none, or names one that a token must not be sent to in the clear.
 */
export function pdsOf(document: unknown, did: string): string | undefined {
  const { id, service } = (document ?? {}) as { id?: unknown; service?: unknown };
  if (id !== did || !Array.isArray(service)) return undefined;
  for (const entry of service as readonly unknown[]) {
    const { id: name, type, serviceEndpoint } = (entry ?? {}) as Record<string, unknown>;
    if (type !== "AtprotoPersonalDataServer" || typeof serviceEndpoint !== "string") continue;
    if (name !== "#atproto_pds" && name !== `${did}#atproto_pds`) continue;
    const url = URL.parse(serviceEndpoint);
    if (url?.protocol === "https:" || (url?.protocol === "http:" && loopback.has(url.hostname))) return url.origin;
  }
  return undefined;
}

/**
 * Gives the URL a DID's document is read from; `undefined` for methods atproto does not have.
 * https://atproto.com/specs/did
 */
export function documentUrl(did: string, plcDirectory: string): string | undefined {
  if (did.startsWith("did:plc:")) return `${plcDirectory}/${encodeURIComponent(did).replaceAll("%3A", ":")}`;
  const host = did.startsWith("did:web:") ? did.slice("did:web:".length) : "";
  // A colon would start a path, which atproto does not allow; the one before a port is written %3A.
  if (!/^[a-zA-Z0-9.-]+(?:%3[aA]\d+)?$/.test(host)) return undefined;
  const authority = decodeURIComponent(host);
  const scheme = loopback.has(authority.split(":")[0] ?? "") ? "http" : "https";
  return `${scheme}://${authority}/.well-known/did.json`;
}
