import { endpointName, LONGEST_PART, storableName } from "./names.ts";
import type { CursorKey, CursorRow } from "../ports/index.ts";

/** The key in the form it is stored in, and nothing but the key. */
export function cursorKey({ account, service, endpoint, key }: CursorKey): CursorKey {
  return {
    account: storableName("account", account, LONGEST_PART),
    service: storableName("service", service, LONGEST_PART),
    endpoint: storableName("endpoint", endpointName(endpoint), LONGEST_PART),
    key: storableName("key of the cursor", key),
  };
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
