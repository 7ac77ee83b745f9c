import { ProviderError } from "../domain/errors.ts";
import { notTheApi } from "./problem.ts";

/** Failures to get any answer of the API. They may pass. */

export function isOfTheNetwork(error: unknown): boolean {
  return error instanceof ProviderError || error instanceof SyntaxError;
}

/** Such as `connection refused by http://localhost:3000`. Never what was received, which a parser's message quotes. */
export function faultText(error: unknown, origin: string): string {
  if (error instanceof SyntaxError) return notTheApi;
  if (!(error instanceof ProviderError)) return error instanceof Error ? error.message : "no answer";
  const { message } = error;
  return /^connection (refused|reset)$/.test(message) ? `${message} by ${origin}` : `${message}, at ${origin}`;
}

/** The same for a command that ends with it. It says what to do about it. */
export function faultWithRemedy(error: unknown, origin: string): string {
  const message = error instanceof ProviderError ? error.message : notTheApi;
  const remedy = remedies.get(message);
  return `${origin}: ${message}${remedy === undefined ? "" : `. ${remedy}`}`;
}

const remedies: ReadonlyMap<string, string> = new Map([
  ["connection refused", "Start it, or set --url or IMAGE_TASKS_URL."],
  ["host name not found", "Correct --url or IMAGE_TASKS_URL."],
]);
