/** Removes control characters and lone surrogates, which some stores and parsers reject or replace. */
export function plainText(text: string): string {
  const plain = text.toWellFormed();
  return /\p{Cc}/u.test(plain) ? plain.replaceAll(/\p{Cc}+/gu, " ").trim() : plain;
}

/**
 * Plain text of at most `maxLength` UTF-16 code units. If the text is cut, it ends with an ellipsis and `onCut` is
 * called.
 */
export function boundText(text: string, maxLength: number, onCut?: () => void): string {
  const plain = plainText(text);
  if (plain.length <= maxLength) return plain;
  onCut?.();
  // The cut may split a surrogate pair.
  return `${plain.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
