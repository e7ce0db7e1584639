import { counted } from "../core/counted.ts";
import type { Explanation } from "./explanation.ts";

/** One line for each thing, its name in front. */
export function print(explanation: Explanation): string {
  const { nsid, method, url, host, account, auth, proxy, headers, body, budget, repetition, refusal } = explanation;
  const lines: readonly (readonly [name: string, text: string | undefined])[] = [
    ["refused", refusal && `${refusal.name}: ${refusal.message}`],
    ["host", host.origin && `${host.origin}: ${host.why}`],
    ["rule", `${host.route}: ${host.rule} (${host.source})`],
    ["account", account && accountText(account)],
    ["auth", auth && authText(auth)],
    ["proxy", proxy],
    [
      "headers",
      Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}`)
        .join(", "),
    ],
    ["body", body && `${body.encoding}, ${body.bytes === undefined ? "unknown bytes" : counted(body.bytes, "byte")}`],
    ["checked", checksText(explanation.checks)],
    ["budget", budget && budgetText(budget)],
    ["sent", `${counted(repetition.attempts, "time")} at most; ${repetition.afterLostAnswer} after an answer is lost`],
  ];
  const told = lines.filter(([, text]) => text !== undefined && text !== "");
  return [`${method} ${url ?? nsid}`, ...told.map(([name, text]) => `  ${name.padEnd(8)} ${text}`)].join("\n");
}

function accountText({ did, handle, session }: NonNullable<Explanation["account"]>): string {
  const who = [handle, did].filter((name) => name !== undefined).join(", ") || "known after the login";
  const how = {
    "in use": "its session is in use",
    stored: "its stored session would be used",
    "access token": "by the access token of the client",
    none: "would log in",
  };
  return `${who}; ${how[session]}`;
}

function checksText({ sent, received }: Explanation["checks"]): string | undefined {
  const checked = [sent && "what is sent", received !== false && `the answer (${received})`].filter(Boolean);
  return checked.length === 0 ? undefined : `${checked.join(" and ")}, by the lexicon`;
}

function budgetText({ cost, unit, windows }: NonNullable<Explanation["budget"]>): string {
  const full = windows.map(
    ({ window, used, budget }) =>
      `${used} of ${budget === Infinity ? "any number" : budget} used in the ${window} window`,
  );
  return `${cost} for each attempt, in ${unit}; ${full.join(", ")}`;
}

const authText = ({ kind, aud, lxm, seconds }: NonNullable<Explanation["auth"]>): string =>
  kind === "service token" ? `${kind} for ${aud}, ${lxm}, ${seconds} s` : kind;
