import { readFileSync } from "node:fs";
import { ProviderError } from "../../../../lib/domain/errors.ts";
import type { WireResponse } from "../../../../lib/transport/call.ts";

export function fixture(name: string): string {
  return readFileSync(new URL(`../../../fixtures/apsara-route/${name}.json`, import.meta.url), "utf8");
}

export function answer(body: unknown, changes: Partial<WireResponse> = {}): WireResponse {
  return { status: 200, headers: {}, body: typeof body === "string" ? body : JSON.stringify(body), ...changes };
}

export function errorOf(act: () => unknown): ProviderError {
  try {
    act();
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
