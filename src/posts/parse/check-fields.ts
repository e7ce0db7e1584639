import type { PostContent } from "../content.ts";
import type { Issues } from "./issues.ts";

type Form = "list" | "flag" | "any";

/** What a post may be made of; those who write without types misspell it. The compiler sees that none is missing. */
const fields: Readonly<Record<keyof PostContent, Form>> = {
  text: "any",
  markdown: "any",
  facets: "list",
  detectFacets: "flag",
  langs: "list",
  labels: "list",
  tags: "list",
  replyTo: "any",
  quote: "any",
  images: "list",
  gallery: "flag",
  video: "any",
  external: "any",
  embed: "any",
  threadgate: "any",
  postgate: "any",
  createdAt: "any",
  key: "any",
};

/** Fields of the record, and of other clients, for what a post calls otherwise. */
const otherNames: Readonly<Record<string, keyof PostContent>> = {
  reply: "replyTo",
  replyToUri: "replyTo",
  image: "images",
  link: "external",
  card: "external",
  lang: "langs",
  languages: "langs",
  selfLabels: "labels",
};

/** A misspelt field would be left out of the post without a word. */
export function checkFields(content: PostContent, issues: Issues): void {
  for (const [name, value] of Object.entries(content)) {
    if (value === undefined) continue;
    const form = Object.hasOwn(fields, name) ? fields[name as keyof PostContent] : undefined;
    if (form === undefined) {
      issues.add(name, `is no field of a post${hint(name)}`);
    } else if (form === "list" && !Array.isArray(value)) {
      issues.add(name, "must be a list");
    } else if (form === "flag" && typeof value !== "boolean") {
      issues.add(name, "must be true or false");
    }
  }
  issues.raise();
}

function hint(name: string): string {
  const known = Object.keys(fields).find((field) => plain(field) === plain(name));
  const meant = known ?? (Object.hasOwn(otherNames, name) ? otherNames[name] : undefined);
  return meant === undefined ? `: it has ${Object.keys(fields).join(", ")}` : `: do you mean ${meant}?`;
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/g, "");
