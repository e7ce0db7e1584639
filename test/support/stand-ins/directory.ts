import { xrpc } from "../servers/xrpc.ts";

interface DidDocument {
  readonly service?: readonly { readonly id: string; readonly serviceEndpoint: string }[];
}

/** URL of an account's own server, as the directory says. */
export async function pdsOf(did: string, plc: string): Promise<string> {
  const { service } = (await (await fetch(`${plc}/${did}`)).json()) as DidDocument;
  const url = service?.find(({ id }) => id.endsWith("#atproto_pds"))?.serviceEndpoint;
  if (url === undefined) throw new Error(`The directory has no server of ${did}`);
  return url;
}

/** DID of an account's own server, as that server says. */
export async function pdsDidOf(did: string, plc: string): Promise<string> {
  const { json } = await xrpc<{ did: string }>(await pdsOf(did, plc), "com.atproto.server.describeServer");
  if (json === undefined) throw new Error(`The server of ${did} does not describe itself`);
  return json.did;
}
