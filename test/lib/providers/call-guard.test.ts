import { describe, expect, test } from "vitest";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { CloudClient, NativeTask, Provider, TaskPage } from "../../../lib/domain/provider.ts";
import { createProvider } from "../../../lib/providers/create-provider.ts";
import { AdapterFault } from "../../../lib/transport/adapter-fault.ts";

const never = new AbortController().signal;
const target = { connection: "aliyun", provider: "alibaba-ecs", region: "cn-hangzhou" };
const capabilities = { batchSize: 100, listsWithoutIds: true, reportsProgress: false, cancels: true };
const emptyPage: TaskPage<NativeTask> = { sightings: [], unreadable: [], next: "2" };

/** A provider whose every call fails with `error`, and the faults that it has reported. */
function failingProvider(error: unknown, changes: Partial<CloudClient> = {}) {
  const fail = () => Promise.reject(error);
  const client: CloudClient = {
    nativeIdProblem: () => undefined,
    async *list() {
      yield emptyPage;
      throw error;
    },
    getMany: fail,
    get: fail,
    cancel: fail,
    resolve: fail,
    ...changes,
  };
  const faults: unknown[] = [];
  const provider = createProvider(client, { target, capabilities, clockSkewMs: () => null }, (fault, where) =>
    faults.push([fault, where]),
  );
  return { provider, faults };
}

async function drain(pages: AsyncIterable<unknown>): Promise<void> {
  for await (const page of pages) void page;
}

const calls: readonly (readonly [name: string, call: (provider: Provider, signal: AbortSignal) => unknown])[] = [
  ["list()", (provider, signal) => drain(provider.list({}, signal))],
  ["getMany()", (provider, signal) => provider.getMany(["t-1"], signal)],
  ["get()", (provider, signal) => provider.get("t-1", signal)],
  ["cancel()", (provider, signal) => provider.cancel?.("t-1", signal)],
  ["resolve()", (provider, signal) => provider.resolve?.("t-1", signal)],
];

describe.each(calls)("%s", (_name, call) => {
  test.each([
    ["a bug", new TypeError("cannot read hV9kQ2wZ7rT4"), "TypeError"],
    ["a text", "hV9kQ2wZ7rT4", "string"],
    ["nothing", undefined, "undefined"],
  ])("turns %s of the adapter into a ProviderError and reports it once", async (_what, bug, name) => {
    const { provider, faults } = failingProvider(bug);
    const error = await Promise.resolve(call(provider, never)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AdapterFault);
    expect(error).toMatchObject({ kind: "malformed", message: `the adapter failed (${name})`, retry: "no" });
    expect((error as AdapterFault).cause).toBe(bug);
    expect(faults).toEqual([[error, target]]);
  });

  test("passes a ProviderError on, and reports only faults", async () => {
    const refusal = new ProviderError("unauthorized", "no such key");
    const { provider, faults } = failingProvider(refusal);
    await expect(call(provider, never)).rejects.toBe(refusal);
    expect(faults).toEqual([]);
    const fault = new AdapterFault("unavailable", "the request could not be sent", new TypeError());
    const faulty = failingProvider(fault);
    await expect(call(faulty.provider, never)).rejects.toBe(fault);
    expect(faulty.faults).toEqual([[fault, target]]);
  });

  test("rejects with the signal's reason when it was aborted", async () => {
    const reason = new Error("the function is about to end");
    const { provider, faults } = failingProvider(new TypeError("terminated"));
    await expect(call(provider, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(faults).toEqual([]);
  });
});

describe("list()", () => {
  test("turns a bug into a ProviderError when the adapter fails before its first page", async () => {
    const { provider } = failingProvider(undefined, {
      list() {
        throw new RangeError("no such filter");
      },
    });
    await expect(drain(provider.list({}, never))).rejects.toThrow("the adapter failed (RangeError)");
  });

  test("needs no way to end the adapter's walk", async () => {
    const { provider, faults } = failingProvider(undefined, {
      list: () => ({ [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: emptyPage }) }) }),
    });
    for await (const page of provider.list({}, never)) {
      expect(page.next).toBe("2");
      break;
    }
    expect(faults).toEqual([]);
  });

  test("ends the adapter's walk when its caller stops, and passes the caller's own error on", async () => {
    const ended: string[] = [];
    const { provider, faults } = failingProvider(undefined, {
      async *list() {
        try {
          yield emptyPage;
          yield emptyPage;
        } finally {
          ended.push("ended");
        }
      },
    });
    for await (const page of provider.list({}, never)) {
      expect(page.next).toBe("2");
      break;
    }
    expect(ended).toEqual(["ended"]);
    const own = new TypeError("a bug of the caller");
    const failing = async () => {
      for await (const page of provider.list({}, never)) if (page.next === "2") throw own;
    };
    await expect(failing()).rejects.toBe(own);
    expect(ended).toEqual(["ended", "ended"]);
    const pages = provider.list({}, never)[Symbol.asyncIterator]();
    await pages.next();
    await expect(pages.throw?.(own)).rejects.toBe(own);
    expect(ended).toEqual(["ended", "ended", "ended"]);
    expect(faults).toEqual([]);
  });
});
