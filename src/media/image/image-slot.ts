import { blobSlots } from "../../../generated/blob-slots.ts";
import type { BlobSlots } from "../../../generated/blob-slots.ts";
import type { BlobSlot } from "../../core/lexicon/definition.ts";
import { ValidationError } from "../../core/errors/index.ts";
import { accepts } from "../../core/http/accept.ts";
import type { Box } from "../limits.ts";
import { imageBoxes, largestBox } from "../limits.ts";

/**
 * What a picture is for: the place in a record, as `app.bsky.actor.profile.avatar`, or what the lexicon of one's own says
 * of such a place.
 */
export type ImageSlot = keyof BlobSlots | BlobSlot;

export interface Place {
  /** As messages call it */
  readonly name: string;
  /** Bytes */
  readonly maxSize: number;
  readonly accepts: (type: string) => boolean;
  /** Pixels beyond which nobody sees more */
  readonly box: Box;
}

/** @throws ValidationError for a place that the lexicons do not know */
export function placeOf(slot: ImageSlot): Place {
  const isName = typeof slot === "string";
  const { accept, maxSize = Number.POSITIVE_INFINITY }: BlobSlot = isName ? known(slot) : slot;
  return {
    name: isName ? slot : "the given slot",
    maxSize,
    accepts: (type) => accepts(accept, type),
    box: (isName ? imageBoxes[slot] : undefined) ?? largestBox,
  };
}

function known(name: keyof BlobSlots): BlobSlot {
  if (Object.hasOwn(blobSlots, name)) return blobSlots[name];
  const message = `no lexicon has a place for files called ${name}; there are ${Object.keys(blobSlots).join(", ")}`;
  throw new ValidationError(`${message}. Nothing was sent.`, { issues: [{ path: "slot", message }] });
}
