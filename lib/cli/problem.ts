/** Reads answers that are no success. They may be the API's, or of whatever stands before it. */

/** What is between us and the API may answer 200 as well. */
export const notTheApi = "the answer is not the API's";

/** What an answer other than a success says, in one line. `undefined` if its body says nothing. */
export function reasonIn(answer: unknown): string | undefined {
  // A problem has a title and a detail, which names each wrong field. A gateway has only a message.
  const { title, detail, message } = membersOf(answer);
  const texts = [title, detail, message].filter((one) => typeof one === "string" && one !== "");
  return texts.length === 0 ? undefined : texts.join(": ");
}

/** One text for each wrong field, and for each cloud that did not answer. */
export function detailsIn(answer: unknown): string[] {
  const { errors, omittedErrors, providers, omittedProviders } = membersOf(answer);
  return [
    ...textsOf(errors, fieldText),
    ...omitted(omittedErrors),
    ...textsOf(providers, cloudText),
    ...omitted(omittedProviders),
  ];
}

/** The API itself sends fewer. */
const mostDetails = 200;

function textsOf(list: unknown, textOf: (members: Members) => string | undefined): string[] {
  if (!Array.isArray(list)) return [];
  const texts = list.slice(0, mostDetails).map((one) => textOf(membersOf(one)));
  return texts.filter((one) => one !== undefined);
}

function fieldText({ field, detail }: Members): string | undefined {
  if (typeof field !== "string" || typeof detail !== "string") return undefined;
  return `${field || "the body"}: ${detail}`;
}

function cloudText({ connection, region, message }: Members): string | undefined {
  const texts = [connection, region, message].filter((one) => typeof one === "string");
  return texts.length === 3 ? `${texts[0]} ${texts[1]}: ${texts[2]}` : undefined;
}

function omitted(count: unknown): string[] {
  return typeof count === "number" ? [`and ${count} more`] : [];
}

type Members = Readonly<Record<string, unknown>>;

function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
