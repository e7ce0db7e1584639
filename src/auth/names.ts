/** How an account is asked for: handles and e-mail addresses in lower case and without a leading `@`, DIDs as they are. */
export function plainName(name: string): string {
  const bare = name.trim().replace(/^@/, "");
  return bare.startsWith("did:") ? bare : bare.toLowerCase();
}

export const isDid = (name: string): boolean => name.startsWith("did:");

/** Among plain names, whose `@` in front is gone. */
export const isEmail = (name: string): boolean => name.includes("@");
