/** Finds every character of the table below. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu;
/**
 * In the form with ESC and in the form with one C1 character. A sequence with parameters ends at its letter; a title or
 * a link ends at BEL or ST. No form can begin inside another, so that the search takes linear time.
 */
const sequence =
  // oxlint-disable-next-line no-control-regex -- they are what is searched for
  /(?:\x1b\[|\x9b)[ -?]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)/g;
const control = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/**
 * Removes what acts on a terminal, hides text, or is refused or replaced by some stores and parsers. In this order:
 *
 * | characters | become |
 * | --- | --- |
 * | lone surrogates | U+FFFD |
 * | invisible characters, such as bidirectional controls, zero-width characters, and tags | nothing |
 * | terminal sequences, such as the one that erases a line | a control character |
 * | control characters (C0, DEL, C1) and line separators, in a row | one space, or nothing at an end |
 */
export function plainText(text: string): string {
  if (!unsafe.test(text)) return text;
  const visible = text.toWellFormed().replaceAll(invisible, "").replaceAll(sequence, "\n");
  const plain = visible.replaceAll(control, " ");
  return plain === visible ? plain : plain.trim();
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
