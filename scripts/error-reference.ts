import type { ErrorRow, ErrorTable } from "../lib/domain/error-table.ts";
import { ProviderError } from "../lib/domain/errors.ts";
import type { Retry } from "../lib/domain/errors.ts";
import type { ProviderDescriptor } from "../lib/providers/descriptor.ts";
import { findRow } from "../lib/providers/shared/error-table.ts";
import { knownErrorCodes } from "./known-error-codes.ts";

/** One table per provider, out of the table that its client reads. */
export function errorReference(descriptors: readonly ProviderDescriptor[]): string {
  return descriptors.map(sectionOf).join("\n");
}

const heads = ["code", "kind", "retried", "splits a batch", "fresh secret", "what the person reads"];

function sectionOf({ name, errors }: ProviderDescriptor): string {
  const rows = [
    heads,
    heads.map(() => "---"),
    ...codeRows(errors, knownErrorCodes[name] ?? []),
    ...patternRows(errors),
  ];
  return `## \`${name}\`\n\n${rows.map((cells) => `| ${cells.join(" | ")} |\n`).join("")}`;
}

function codeRows(errors: ErrorTable, known: readonly string[]): string[][] {
  const codes = new Set([...known, ...errors.flatMap((row) => row.codes ?? [])]);
  return Array.from(codes)
    .toSorted((one, other) => one.localeCompare(other, "en"))
    .map((code) => [`\`${code}\``, ...meaningOf(findRow(errors, { code: code.replace(/\.\*$/, ""), message: "" }))]);
}

/** A code is asked before a message, so this order is also the order of the rows. */
function patternRows(errors: ErrorTable): string[][] {
  return errors.flatMap((row) => [
    ...(row.codePattern ? [[`a code like ${shown(row.codePattern)}`, ...meaningOf(row)]] : []),
    ...(row.message ? [[`a message like ${shown(row.message)}`, ...meaningOf(row)]] : []),
  ]);
}

function shown({ source }: RegExp): string {
  return `\`${source.replaceAll("|", "\\|")}\``;
}

function meaningOf(row: ErrorRow | undefined): string[] {
  if (row === undefined) return ["by the status", "by the status", "no", "no", "the provider's words"];
  const { kind, retry, scope, advice, instead } = row;
  const error = new ProviderError(kind, "", { retry, scope });
  const words = instead ?? "the provider's words";
  return [
    kind,
    retryWords[retry],
    yesOrNo(error.scope === "id"),
    yesOrNo(retry === "refresh-credential"),
    advice === undefined ? words : `${words} (${advice}${retry === "fix-clock" ? ": both times" : ""})`,
  ];
}

const retryWords: Readonly<Record<Retry, string>> = {
  no: "no",
  backoff: "yes, after a pause",
  "next-minute": "yes, in the next minute",
  "fix-clock": "once, with the provider's time",
  "refresh-credential": "once, with the fresh secret",
  "new-nonce": "yes, at once",
};

function yesOrNo(is: boolean): string {
  return is ? "yes" : "no";
}
