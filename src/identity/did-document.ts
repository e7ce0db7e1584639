const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether a URL leads to this machine. */
export const isLoopback = (url: string): boolean => loopback.has(URL.parse(url)?.hostname ?? "");

/** Whether a token may be sent to an origin: not in the clear, but on this machine. */
export function isUsableOrigin(origin: string): boolean {
  const url = URL.parse(origin);
  if (url === null || url.origin !== origin) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && loopback.has(url.hostname));
}

/** A kind of service that an account can have: its name in the DID document, and the type it must be of. */
export interface ServiceKind {
  readonly id: string;
  readonly type: string;
}

/** The account's own server: https://atproto.com/specs/did#representation-of-atproto-information */
export const personalDataServer: ServiceKind = { id: "#atproto_pds", type: "AtprotoPersonalDataServer" };

/** Where an account that labels serves its labels: https://atproto.com/specs/label#labeler-service-identity */
export const labeler: ServiceKind = { id: "#atproto_labeler", type: "AtprotoLabeler" };

/**
 * Gives the origin of an account's service from its DID document. `undefined` if the document is another's, names none, or
 * names one that a token must not be sent to in the clear.
 */
export function serviceOf(document: unknown, did: string, kind: ServiceKind): string | undefined {
  const { id, service } = (document ?? {}) as { id?: unknown; service?: unknown };
  if (id !== did || !Array.isArray(service)) return undefined;
  for (const entry of service as readonly unknown[]) {
    const { id: name, type, serviceEndpoint } = (entry ?? {}) as Record<string, unknown>;
    if (type !== kind.type || typeof serviceEndpoint !== "string") continue;
    if (name !== kind.id && name !== `${did}${kind.id}`) continue;
    const origin = URL.parse(serviceEndpoint)?.origin;
    if (origin !== undefined && isUsableOrigin(origin)) return origin;
  }
  return undefined;
}

/** Gives the origin of the account's own server from its DID document, as {@link serviceOf} does. */
export const pdsOf = (document: unknown, did: string): string | undefined =>
  serviceOf(document, did, personalDataServer);

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
