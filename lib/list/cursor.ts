import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";
import { invalidParameters } from "../http/problem.ts";
import type { Problem } from "../http/problem.ts";

/**
 * Cursors hold a position in each source and are signed together with the query's filters. A truncated or forged cursor,
 * or one from another query, is refused instead of leading to a wrong page.
 */

/** Where each source resumes; `null`: at its start. A missing source has ended. */
export type Positions = Readonly<Record<string, string | null>>;

const Payload = z.record(z.string(), z.nullable(z.string()));
const signatureBytes = 16;

/** @param filters everything in the query that decides the rows and their order */
export function encodeCursor(positions: Positions, filters: unknown, key: Buffer): string {
  const payload = Buffer.from(JSON.stringify(positions));
  return Buffer.concat([sign(payload, filters, key), payload]).toString("base64url");
}

/** @throws Problem `invalid-parameters` unless the cursor was made for the same filters */
export function decodeCursor(cursor: string, filters: unknown, key: Buffer): Positions {
  const bytes = Buffer.from(cursor, "base64url");
  const signature = bytes.subarray(0, signatureBytes);
  const payload = bytes.subarray(signatureBytes);
  const genuine = signature.length === signatureBytes && timingSafeEqual(signature, sign(payload, filters, key));
  if (genuine && bytes.toString("base64url") === cursor) return Payload.parse(JSON.parse(payload.toString()));
  throw refuseCursor();
}

export function refuseCursor(): Problem {
  return invalidParameters([
    {
      field: "cursor",
      detail: "is not a cursor for these filters; send nextCursor unchanged with the same parameters, or leave it out",
    },
  ]);
}

function sign(payload: Buffer, filters: unknown, key: Buffer): Buffer {
  const digest = createHmac("sha256", key).update(JSON.stringify(filters)).update("\n").update(payload).digest();
  return digest.subarray(0, signatureBytes);
}
