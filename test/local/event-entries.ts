/**
 * Validates the entries of a PutEvents call.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 */
import * as z from "zod/mini";

/** "The total entry size must be less than 1MB": the documentation of PutEvents. */
const totalEntrySizeLimitBytes = 1024 * 1024;
const entriesPerRequest = 10;

const PutEventsEntry = z.object({
  /** Epoch seconds with a fraction. */
  Time: z.nullish(z.number()),
  Source: z.nullish(z.string()),
  DetailType: z.nullish(z.string()),
  Detail: z.nullish(z.string()),
  Resources: z.nullish(z.array(z.string())),
  EventBusName: z.nullish(z.string()),
});
export type PutEventsEntry = z.infer<typeof PutEventsEntry>;

const PutEventsRequest = z.object({ Entries: z.array(PutEventsEntry) });

/** The envelope that a target receives. */
export interface DeliveredEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** Whole seconds; precise times belong in `detail`. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
  /** Only in an event that was replayed from an archive. */
  readonly "replay-name"?: string;
}

export interface EntryRefusal {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** The entries of a request, or the reason why the whole request fails with a ValidationException. */
export function readPutEvents(body: string): { entries: readonly PutEventsEntry[] } | { problem: string } {
  const request = PutEventsRequest.safeParse(parseJson(body));
  if (!request.success) return { problem: "The request is not a list of entries." };
  const entries = request.data.Entries;
  if (entries.length < 1 || entries.length > entriesPerRequest) {
    const bound = entries.length < 1 ? "greater than or equal to 1" : `less than or equal to ${entriesPerRequest}`;
    return {
      problem: `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`,
    };
  }
  let totalBytes = 0;
  for (const entry of entries) totalBytes += entrySizeBytes(entry);
  if (totalBytes >= totalEntrySizeLimitBytes) {
    return { problem: "Total size of the entries in the request is over the limit." };
  }
  return { entries };
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
function entrySizeBytes(entry: PutEventsEntry): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  let bytes = typeof entry.Time === "number" ? 14 : 0;
  for (const text of texts) bytes += Buffer.byteLength(text ?? "", "utf8");
  return bytes;
}

/** The event for an entry, or the reason it is refused. `nowMs` replaces a missing `Time`. */
export function entryToEvent(
  entry: PutEventsEntry,
  made: { id: string; nowMs: number },
): { event: DeliveredEvent } | { refusal: EntryRefusal } {
  const { Source: source, DetailType: detailType, Detail: detailText } = entry;
  if (!source) return { refusal: missing("Source") };
  if (!detailType) return { refusal: missing("DetailType") };
  if (!detailText) return { refusal: missing("Detail") };
  const detail = parseJson(detailText);
  if (!isRecord(detail)) {
    return { refusal: { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." } };
  }
  const timeMs = typeof entry.Time === "number" ? entry.Time * 1000 : made.nowMs;
  return {
    event: {
      version: "0",
      id: made.id,
      "detail-type": detailType,
      source,
      account: "000000000000",
      time: `${new Date(timeMs).toISOString().slice(0, 19)}Z`,
      region: "us-east-1",
      resources: entry.Resources ?? [],
      detail,
    },
  };
}

function missing(field: string): EntryRefusal {
  return {
    ErrorCode: "InvalidArgument",
    ErrorMessage: `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
  };
}

/** `undefined` if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
