/** @param content text, or elements if `escaped` is false */
export function element(name: string, content: string, escaped = !content.startsWith("<")): string {
  return `<${name}>${escaped ? escapeXml(content) : content}</${name}>`;
}

/** A list as the query protocol writes it. */
export function list(name: string, members: readonly string[]): string {
  return element(name, members.map((member) => element("member", member, false)).join(""), false);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
