import type { AccountPreview } from "../auth/accounts.ts";
import type { BudgetWindowStatus } from "../budget/client-budget.ts";
import type { Checks } from "../validate/checks.ts";
import type { Issue } from "../core/lexicon/issue.ts";

/** What would prove who is asking. */
export interface ExplainedAuth {
  /** `own header`: an Authorization header of the caller's */
  readonly kind: "none" | "access token" | "refresh token" | "service token" | "own header";
  /** Of a service token: who shall accept it */
  readonly aud?: string;
  /** Of a service token: the method it is good for */
  readonly lxm?: string;
  /** Of a service token: how long it lives */
  readonly seconds?: number;
}

/** What a call would take of its account's budget. */
export interface ExplainedBudget {
  /** In `unit`, for one attempt */
  readonly cost: number;
  /** `write points`, `uploads`, `logins`, `handle changes` */
  readonly unit: string;
  /** DID; for logins the name they are for */
  readonly account: string;
  /** How full each window is now */
  readonly windows: readonly BudgetWindowStatus[];
}

/** How often a call would be sent. */
export interface ExplainedRepetition {
  /** HTTP requests at most */
  readonly attempts: number;
  /** What happens when it is not known whether the server acted */
  readonly afterLostAnswer:
    | "repeated"
    | "looked up, and repeated if not done"
    | "looked up, not repeated"
    | "not repeated";
}

/** What a call would do. A plain object; `String(explanation)` is for reading. */
export interface Explanation {
  /** Endpoint */
  readonly nsid: string;
  /** Whether it reads or writes */
  readonly kind: "query" | "procedure";
  /** HTTP method */
  readonly method: "GET" | "POST";
  /** With its query, secrets left out; `undefined` if the call would be refused before its host is chosen */
  readonly url: string | undefined;
  /** Where the call would go, and by which rule */
  readonly host: {
    readonly origin: string | undefined;
    /** Why this one */
    readonly why: string | undefined;
    /** Row of the routing table: NSID or namespace */
    readonly route: string;
    /** What the row says */
    readonly rule: string;
    /** Where that can be looked up */
    readonly source: string;
  };
  /** `undefined` without an account */
  readonly account: AccountPreview | undefined;
  /** What would prove who is asking; `undefined` if that cannot be said */
  readonly auth: ExplainedAuth | undefined;
  /** Service that the account's own server would pass the call on to: `did#id` */
  readonly proxy: string | undefined;
  /** Value of `atproto-accept-labelers` */
  readonly labelers: string | undefined;
  /** Names in lower case, secrets left out */
  readonly headers: Readonly<Record<string, string>>;
  /** `bytes` is `undefined` for streams */
  readonly body: { readonly encoding: string; readonly bytes: number | undefined } | undefined;
  /** What is held to the lexicon; what is wrong with that which is sent stands in `refusal` */
  readonly checks: Checks;
  /** What each attempt would take of the account's budget, and how full that is now; `undefined` for calls that cost nothing */
  readonly budget: ExplainedBudget | undefined;
  /** What happens when it fails */
  readonly repetition: ExplainedRepetition;
  /** The error that the call would raise before anything is sent */
  readonly refusal: { readonly name: string; readonly message: string; readonly issues: readonly Issue[] } | undefined;
}
