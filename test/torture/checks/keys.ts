import type { Request } from "./case.ts";
import type { Row } from "./tables.ts";

const MARK = /"torture":"(?<mark>[^"]+)"/;

/** Attempts of a row that were given up without an answer: a machine under load may not have come to take them in. */
export function unheardOf({ attempt_log: log }: Row): number {
  const attempts = JSON.parse(String(log ?? "[]")) as readonly { readonly error: string | null }[];
  return attempts.filter(({ error }) => error === "TimeoutError").length;
}

/** What a request and its row have in common. */
export function keyOfRequest({ entry: { nsid, path, body, method } }: Request): string {
  const { searchParams: query } = new URL(path, "http://localhost");
  const mark = query.get("torture");
  if (mark !== null) return `${nsid} ${mark}`;
  if (method === "GET") {
    query.sort();
    return `${nsid} ${query.toString()}`;
  }
  const { repo, collection, rkey } = parsed(String(body)) as { repo?: string; collection?: string; rkey?: string };
  return rkey === undefined ? nsid : `${nsid} at://${repo}/${collection}/${rkey}`;
}

export function keyOfRow({ endpoint, params, subject_uri: subject, method, request_did: did }: Row): string {
  const nsid = String(endpoint).replace("xrpc/", "");
  const mark = MARK.exec(String(params))?.groups?.["mark"];
  if (mark !== undefined) return `${nsid} ${mark}`;
  if (method === "get") {
    const given = parsed(String(params)) as Record<string, string>;
    // Rows have what was given: whose repository is meant goes without saying.
    const isOwn = "collection" in given && !("repo" in given);
    const query = new URLSearchParams({ ...given, ...(isOwn && { repo: String(did) }) });
    query.sort();
    return `${nsid} ${query.toString()}`;
  }
  return subject === null ? nsid : `${nsid} ${String(subject)}`;
}

function parsed(text: string): object {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}
