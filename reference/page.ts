import type { Member, PublicName, Tag } from "./read.ts";

/** Knows where the page of a public name is, from the pages of its entry point. */
export type LinkTo = (name: string) => string | undefined;

const kinds = { class: "Class", interface: "Interface", type: "Type", function: "Function", value: "Value" } as const;

/** The page of a public name: what it is, how it is declared, and each of its members. */
export function pageOf(entry: string, name: PublicName, linkTo: LinkTo): string {
  const members = name.members.map((member) => `### ${member.name}\n\n${bodyOf(member, linkTo)}`);
  return [
    `# ${name.name}`,
    `${kinds[name.kind]} of \`${entry}\`, [${name.place}](../../../${name.place.replace(":", "#L")})`,
    bodyOf(name, linkTo),
    ...(members.length > 0 ? ["## Members", ...members] : []),
    seeAlso(name, linkTo),
    "[All names](../README.md)\n",
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** The start of a docstring, for lists. */
export const firstSentence = ({ text }: Member): string =>
  /^.*?(?:[.:](?=\s)|$)/s.exec(text)?.[0].replaceAll("\n", " ") ?? "";

const bodyOf = ({ signatures, text, tags }: Member, linkTo: LinkTo): string =>
  [`\`\`\`ts\n${signatures.join("\n")}\n\`\`\``, linked(text, linkTo), ...tags.map((tag) => tagOf(tag, linkTo))]
    .filter(Boolean)
    .join("\n\n");

function tagOf({ name, text }: Tag, linkTo: LinkTo): string {
  if (name === "example") return `Example:\n\n\`\`\`ts\n${text}\n\`\`\``;
  if (name === "throws") return `**Throws** ${linked(text, linkTo)}`;
  return name === "param" ? `**Parameter** ${linked(text, linkTo)}` : `**${name}** ${linked(text, linkTo)}`;
}

/** Makes links of `{@link Name}`, and of errors that stand in backquotes. */
const linked = (text: string, linkTo: LinkTo): string =>
  text
    .replaceAll(/\{@link (\w+)\}/g, (_, name: string) => withLink(name, linkTo))
    .replaceAll(/`([A-Z]\w+)`/g, (_, name: string) => withLink(name, linkTo));

const withLink = (name: string, linkTo: LinkTo): string => {
  const link = linkTo(name);
  return link === undefined ? `\`${name}\`` : `[\`${name}\`](${link})`;
};

/** The public names that the declarations mention. */
function seeAlso({ name, signatures, members }: PublicName, linkTo: LinkTo): string {
  const text = [...signatures, ...members.flatMap((member) => member.signatures)].join(" ");
  const mentioned = new Set(text.match(/\b[A-Z]\w+/g));
  mentioned.delete(name);
  const links = [...mentioned].filter((other) => linkTo(other) !== undefined).sort();
  return links.length === 0 ? "" : `See also: ${links.map((other) => withLink(other, linkTo)).join(", ")}`;
}
