import { Problem } from "../../lib/http/problem.ts";

/** The problem thrown by a call. Throws if there is none. */
export async function problemOf(call: () => unknown): Promise<Pick<Problem, "type" | "detail">> {
  try {
    await call();
  } catch (error) {
    if (error instanceof Problem) return { type: error.type, detail: error.detail };
    throw error;
  }
  throw new Error("no problem was thrown");
}

/** A request without a deadline: its signals never abort. */
export const unhurried = { signal: new AbortController().signal, providerSignal: new AbortController().signal };
