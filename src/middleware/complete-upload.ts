import { beforeSending } from "../core/call/call-account.ts";
import type { CallRequest, Preparation } from "../core/pipeline.ts";

/** Uploads of whole videos, which say in the URL whose they are and what they are called. Without it they are refused as BadJwtIss. */
const VIDEO = "app.bsky.video.uploadVideo";

/** Fills in what an upload of a video leaves out: the account's DID, and a name that tells nothing. */
export function completeUpload({ random }: { readonly random: () => number }): Preparation {
  return (request) => (request.definition.nsid === VIDEO ? complete(request, random) : request);
}

async function complete(request: CallRequest, random: () => number): Promise<CallRequest> {
  const { params, options, definition, account } = request;
  const given = (params ?? {}) as { readonly did?: unknown; readonly name?: unknown };
  const ending = options.encoding === "video/quicktime" ? "mov" : "mp4";
  const { name = `${Math.floor(random() * 36 ** 8).toString(36)}.${ending}` } = given;
  let { did } = given;
  try {
    did ??= await account?.did(request);
  } catch (error) {
    throw beforeSending(error, definition.nsid);
  }
  return { ...request, params: { ...given, ...(did === undefined ? {} : { did }), name } };
}
