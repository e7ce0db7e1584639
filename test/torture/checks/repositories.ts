import { xrpc } from "../../support/servers/xrpc.ts";

/** A record as the server has it. */
export interface Found {
  readonly uri: string;
  readonly value: Value;
}

interface Value {
  readonly text?: string;
  readonly name?: string;
  readonly version?: number;
  readonly marks?: readonly string[];
  readonly blob?: { readonly ref: { readonly $link: string } };
}

// An address of its own: workers have used up some of what the server allows theirs.
const headers = { "x-forwarded-for": "10.0.1.1" };

async function ask<Body>(pds: string, nsid: string, params: Record<string, string | number>): Promise<Body> {
  const { status, json, text } = await xrpc<Body>(pds, nsid, { params, headers });
  if (status !== 200 || json === undefined) throw new Error(`${nsid} answered ${status}: ${text}`);
  return json;
}

/** All records of a collection, past proxy and SDK. */
export async function listRecords(pds: string, repo: string, collection: string): Promise<Found[]> {
  const all: Found[] = [];
  for (let cursor: string | undefined; ;) {
    const params = { repo, collection, limit: 100, ...(cursor !== undefined && { cursor }) };
    const page: { readonly records: readonly Found[]; readonly cursor?: string } = await ask(
      pds,
      "com.atproto.repo.listRecords",
      params,
    );
    all.push(...page.records);
    cursor = page.cursor;
    if (cursor === undefined || page.records.length === 0) return all;
  }
}

export async function getValue(pds: string, repo: string, collection: string, rkey: string): Promise<Value> {
  return (await ask<Found>(pds, "com.atproto.repo.getRecord", { repo, collection, rkey })).value;
}

/** Bytes of a blob that a record names; none if the server does not have it. */
export async function getBlob(pds: string, uri: string, cid: string): Promise<Uint8Array> {
  const url = new URL("/xrpc/com.atproto.sync.getBlob", pds);
  url.searchParams.set("did", uri.split("/")[2] ?? "");
  url.searchParams.set("cid", cid);
  const response = await fetch(url, { headers });
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : new Uint8Array();
}
