import { ProviderError } from "../../domain/errors.ts";

interface Asked {
  /** How many rows the request allows. */
  readonly mostRows: number;
  readonly requestId: string | null;
}

/** Throws `malformed` if an answer has more rows than were requested. Call it before the rows are read. */
export function checkRowCount(api: string, rowCount: number, { mostRows, requestId }: Asked): void {
  if (rowCount <= mostRows) return;
  const message = `${api}: the answer has ${rowCount} rows, and at most ${mostRows} were requested`;
  throw new ProviderError("malformed", message, { requestId });
}
