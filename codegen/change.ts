/** One difference between two versions of the lexicons, as users of the generated code meet it. */
export interface Change {
  readonly nsid: string;
  /** JSON pointer into the document; empty for the document as a whole */
  readonly pointer: string;
  readonly kind: "added" | "removed" | "changed";
  readonly effect: "breaking" | "compatible" | "documentation" | "unknown";
  readonly what: string;
}

export type Hint = "major" | "minor" | "patch" | "none";

/** Which side fills the value in: what users send may grow stricter only as a break, what they receive looser only as one. */
export type Direction = "sent" | "received" | "both";
