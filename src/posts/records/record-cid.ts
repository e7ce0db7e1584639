import { encode } from "@atcute/cbor";
import { CODEC_DCBOR, CODEC_RAW, create, toString } from "@atcute/cid";

/** The CID a server will give a record: of its DAG-CBOR. https://atproto.com/specs/data-model */
export const cidOfRecord = async (record: object): Promise<string> =>
  toString(await create(CODEC_DCBOR, encode(record)));

/** The CID of a file: of its bytes. */
export const cidOfBytes = async (bytes: Uint8Array): Promise<string> => toString(await create(CODEC_RAW, bytes));
