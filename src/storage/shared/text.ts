/** Text as every database takes it: PostgreSQL refuses NUL and halves of surrogate pairs, and U+FFFD stands in for them. */
export function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** The same for what may be absent. */
export function storableOrNull(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : storable(text);
}
