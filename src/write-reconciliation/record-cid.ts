/**
 * The version a record gets when it is written: the hash of its DAG-CBOR form. Takes JSON as it is sent; `undefined` for what
 * has no such form. https://atproto.com/specs/data-model
 */
export async function recordCid(collection: string, record: object): Promise<string | undefined> {
  const [{ encode }, { CODEC_DCBOR, create, toString }] = await Promise.all([
    import("@atcute/cbor"),
    import("@atcute/cid"),
  ]);
  try {
    // Servers add what is missing: packages/pds/src/repo/prepare.ts in https://github.com/bluesky-social/atproto
    return toString(await create(CODEC_DCBOR, encode({ $type: collection, ...record })));
  } catch {
    return undefined;
  }
}
