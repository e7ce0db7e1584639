import type { Command } from "commander";

interface CommandEntry {
  readonly group: (typeof groups)[number];
  readonly summary: string;
  /** Its file, which says what it takes and does */
  readonly load: () => Promise<{ readonly define: (command: Command) => void }>;
}

/** Headings of the help, in order. */
export const groups = ["Accounts", "Reading and writing", "What is remembered", "Lexicons", "Set-up"] as const;

/** Every command, in the order of the help. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  login: { group: "Accounts", summary: "log in and store the session", load: () => import("./commands/login.ts") },
  accounts: { group: "Accounts", summary: "list the stored sessions", load: () => import("./commands/accounts.ts") },
  logout: { group: "Accounts", summary: "end a session", load: () => import("./commands/logout.ts") },
  call: {
    group: "Reading and writing",
    summary: "call any endpoint by its NSID",
    load: () => import("./commands/call.ts"),
  },
  post: {
    group: "Reading and writing",
    summary: "post text, markdown, pictures or a video",
    load: () => import("./commands/post.ts"),
  },
  thread: {
    group: "Reading and writing",
    summary: "show a post with its thread",
    load: () => import("./commands/thread.ts"),
  },
  timeline: {
    group: "Reading and writing",
    summary: "show the home timeline, or a feed",
    load: () => import("./commands/timeline.ts"),
  },
  profile: { group: "Reading and writing", summary: "show a profile", load: () => import("./commands/profile.ts") },
  tail: {
    group: "Reading and writing",
    summary: "follow the changes of all repositories as they happen",
    load: () => import("./commands/tail.ts"),
  },
  log: {
    group: "What is remembered",
    summary: "show the log of calls, a call of it, or its figures",
    load: () => import("./commands/log.ts"),
  },
  budget: {
    group: "What is remembered",
    summary: "show what an account may still write",
    load: () => import("./commands/budget.ts"),
  },
  cursors: {
    group: "What is remembered",
    summary: "show how far lists have been read, or begin again",
    load: () => import("./commands/cursors.ts"),
  },
  prune: {
    group: "What is remembered",
    summary: "delete old rows of the log of calls",
    load: () => import("./commands/prune.ts"),
  },
  lexicon: {
    group: "Lexicons",
    summary: "show a lexicon, or what differs between two versions",
    load: () => import("./commands/lexicon.ts"),
  },
  explain: {
    group: "Lexicons",
    summary: "say what a call would do, without doing it",
    load: () => import("./commands/explain.ts"),
  },
  codegen: {
    group: "Lexicons",
    summary: "generate types and methods from lexicons",
    load: () => import("./commands/codegen.ts"),
  },
  migrate: {
    group: "Set-up",
    summary: "bring the database up to date, or say what is missing",
    load: () => import("./commands/migrate.ts"),
  },
  doctor: {
    group: "Set-up",
    summary: "check that everything needed is there and works",
    load: () => import("./commands/doctor.ts"),
  },
  completion: {
    group: "Set-up",
    summary: "print the completion script of a shell",
    load: () => import("./commands/completion.ts"),
  },
};
