/** First line of every generated file. Only files that carry it are ever replaced or deleted. */
export const MARK = "// @generated";

export const header = (from: string): string =>
  `${MARK} by codegen from ${from}. Changes belong there, or in codegen itself.`;
