import { endpointName } from "./names.ts";
import type { CursorKey, CursorRow } from "../ports/index.ts";
import { storable } from "./text.ts";

/** The key in the form it is stored in, and nothing but the key. */
export function cursorKey({ account, service, endpoint, key }: CursorKey): CursorKey {
  return { account, service, endpoint: endpointName(endpoint), key: storable(key) };
}

/** What a new row holds where nothing is said. */
export const emptyCursor: Pick<
  CursorRow,
  "paramsHash" | "cursor" | "state" | "lastPageIds" | "knownIds" | "pendingIds" | "pages" | "items"
> = {
  paramsHash: null,
  cursor: null,
  state: "open",
  lastPageIds: [],
  knownIds: [],
  pendingIds: [],
  pages: 0,
  items: 0,
};
