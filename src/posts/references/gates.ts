import type { AppBskyFeedPostgate, AppBskyFeedThreadgate } from "../../../generated/types.ts";
import type { PostgateContent, ThreadgateContent, ThreadgateRule } from "../content.ts";
import { limits } from "../limits.ts";
import { withDid } from "./resolve-references.ts";
import { readPlace, uriOf } from "./reference.ts";
import type { PostTools } from "../tools.ts";
import type { Issues } from "../parse/issues.ts";

const rules = {
  mentioned: { $type: "app.bsky.feed.threadgate#mentionRule" },
  followers: { $type: "app.bsky.feed.threadgate#followerRule" },
  following: { $type: "app.bsky.feed.threadgate#followingRule" },
} as const;

export function gateIssues(
  threadgate: ThreadgateContent | undefined,
  postgate: PostgateContent | undefined,
  issues: Issues,
): void {
  const allowed = Array.isArray(threadgate) ? (threadgate as readonly ThreadgateRule[]) : [];
  if (threadgate !== undefined && threadgate !== "nobody" && !Array.isArray(threadgate)) {
    issues.add("threadgate", 'is neither "nobody" nor a list of those who may answer');
  }
  if (allowed.length > limits.gateRules) {
    issues.add("threadgate", `has ${allowed.length} rules, and ${limits.gateRules} are allowed`);
  }
  for (const [index, rule] of allowed.entries()) {
    const isRule = typeof rule === "string" ? Object.hasOwn(rules, rule) : typeof rule?.list === "string";
    if (!isRule) issues.add(`threadgate[${index}]`, `is none of ${Object.keys(rules).join(", ")}, { list }`);
  }
  if (postgate !== undefined && postgate !== "nobody") issues.add("postgate", 'can only be "nobody"');
}

/** Lists are named by the DIDs of their owners: handles change. */
export async function gateWithDids(allowed: ThreadgateContent, tools: PostTools): Promise<ThreadgateContent> {
  if (allowed === "nobody") return allowed;
  return Promise.all(
    allowed.map(async (rule) => {
      if (typeof rule === "string") return rule;
      return { list: uriOf(await withDid(readPlace(rule.list, "threadgate"), "threadgate", tools)) };
    }),
  );
}

/** Who may answer. https://docs.bsky.app/docs/tutorials/thread-gates */
export function threadgateRecord(
  post: string,
  allowed: ThreadgateContent,
  createdAt: string,
): AppBskyFeedThreadgate.Main {
  const allow = allowed === "nobody" ? [] : allowed.map(ruleOf);
  return { $type: "app.bsky.feed.threadgate", post, allow, createdAt };
}

function ruleOf(rule: ThreadgateRule) {
  if (typeof rule === "string") return rules[rule];
  return { $type: "app.bsky.feed.threadgate#listRule" as const, list: rule.list };
}

/** Who may quote it. */
export function postgateRecord(post: string, _allowed: PostgateContent, createdAt: string): AppBskyFeedPostgate.Main {
  return {
    $type: "app.bsky.feed.postgate",
    post,
    embeddingRules: [{ $type: "app.bsky.feed.postgate#disableRule" }],
    createdAt,
  };
}
