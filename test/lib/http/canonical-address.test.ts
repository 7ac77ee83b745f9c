import { describe, expect, test } from "vitest";
import { awaitedTask } from "../../../lib/domain/awaited-task.ts";
import { ProviderError } from "../../../lib/domain/errors.ts";
import type { TaskRecord } from "../../../lib/domain/record.ts";
import type { TaskStatus } from "../../../lib/domain/task.ts";
import { canonicalAddress, canonicalAddressToTrack } from "../../../lib/http/canonical-address.ts";
import { addressOf } from "../../../lib/http/find-task.ts";
import { problemOf, unhurried } from "../../fakes/problem-of.ts";
import { sampleTask } from "../../fakes/sample-task.ts";
import { createScriptedProvider } from "../../fakes/scripted-provider.ts";
import type { Script } from "../../fakes/scripted-provider.ts";
import { createTaskBook, recordOf } from "../../fakes/task-book.ts";

/** The address of `t-name`, with a record under it when a status is given. */
function setUp(script: Script, recorded?: TaskStatus) {
  const provider = createScriptedProvider(script);
  const ledger = createTaskBook(recorded ? [sampleTask({ nativeId: "t-name", status: recorded })] : []);
  const address = addressOf("aliyun:cn-hangzhou:t-name", [provider]);
  const deps = { ledger, now: () => 0, ...unhurried };
  return { provider, ledger, address, deps };
}

const resolutions = { "t-name": { nativeId: "t-1" } };

describe.each([
  ["canonicalAddress()", canonicalAddress, "invalid-parameters", "id"],
  ["canonicalAddressToTrack()", canonicalAddressToTrack, "invalid-body", "/nativeId"],
])("%s", (_name, resolve, type, field) => {
  test("returns the id that the task is known by", async () => {
    const { address, deps, provider } = setUp({ resolutions });
    expect(await resolve(address, deps)).toEqual({ id: "aliyun:cn-hangzhou:t-1", nativeId: "t-1", provider });
    expect(provider.calls).toEqual(["resolve t-name"]);
  });

  test("returns the id as it is, and reads nothing, where every id is canonical", async () => {
    const { address, deps, ledger } = setUp({});
    expect(await resolve(address, deps)).toBe(address);
    expect(ledger.reads).toBe(0);
  });

  test("keeps the address of an open task that an earlier version recorded", async () => {
    const { address, deps, provider } = setUp({ resolutions }, "running");
    expect(await resolve(address, deps)).toBe(address);
    expect(provider.calls).toEqual([]);
  });

  test("names the field and the reason when the task cannot be told", async () => {
    const { address, deps } = setUp({ resolutions: { "t-name": { reason: "ambiguous: 2 imports" } } });
    expect(await problemOf(() => resolve(address, deps))).toMatchObject({
      type,
      detail: { errors: [{ field, detail: "ambiguous: 2 imports" }] },
    });
  });

  test("reports the provider's failure", async () => {
    const { address, deps } = setUp({ resolutions: { "t-name": new ProviderError("throttled", "slow down") } });
    expect(await problemOf(() => resolve(address, deps))).toMatchObject({
      type: "provider-throttled",
      detail: { provider: { taskId: "aliyun:cn-hangzhou:t-name" } },
    });
  });

  test("answers 503 when the provider has not responded when providerSignal aborts", async () => {
    const { address, deps } = setUp({ resolutions, silent: true });
    const asked = () => resolve(address, { ...deps, providerSignal: AbortSignal.timeout(20) });
    expect(await problemOf(asked)).toMatchObject({ type: "provider-unavailable" });
  });
});

test("canonicalAddress() answers 404, and when to ask again, when the id leads to no task", async () => {
  const { address, deps } = setUp({ resolutions: {} });
  expect(await problemOf(() => canonicalAddress(address, deps))).toMatchObject({
    type: "unknown-task",
    detail: { retryAfterSeconds: 5 },
  });
});

describe("the address of a task that its cloud does not show yet", () => {
  const unresolved = { id: "aliyun:cn-hangzhou:t-name", unresolved: true };

  function setUpAwaited(script: Script, wanted: Partial<TaskRecord> = {}) {
    const world = setUp(script);
    const awaited = awaitedTask(world.provider, "t-name", 0);
    world.ledger.records.set(awaited.id, recordOf(awaited, { rowDigest: "", tracking: "requested", ...wanted }));
    return world;
  }

  test("is kept to be tracked, but marked, so that the provider is not asked for it", async () => {
    const { address, deps } = setUp({ resolutions: {} });
    expect(await canonicalAddressToTrack(address, deps)).toEqual({ ...address, unresolved: true });
  });

  test("leads to the recorded wait until the id leads to a task, or while it leads to several", async () => {
    for (const resolution of [undefined, { reason: "ambiguous: 2 imports" }]) {
      const { address, deps } = setUpAwaited({ resolutions: resolution ? { "t-name": resolution } : {} });
      expect(await canonicalAddress(address, deps)).toMatchObject(unresolved);
    }
    const { address, deps } = setUpAwaited({ resolutions });
    expect(await canonicalAddress(address, deps)).toMatchObject({ nativeId: "t-1" });
  });

  test("is the same for a second request to track it, without a provider call", async () => {
    const { address, deps, provider } = setUpAwaited({ resolutions });
    expect(await canonicalAddressToTrack(address, deps)).toBe(address);
    expect(provider.calls).toEqual([]);
  });

  test("is resolved again after it was untracked", async () => {
    const { address, deps } = setUpAwaited({ resolutions: {} }, { tracking: "untracked" });
    expect(await canonicalAddressToTrack(address, deps)).toMatchObject(unresolved);
  });

  test("is the task's own once a sweep has found it, also when the provider no longer says so", async () => {
    const led = { tracking: "untracked", knownAs: "t-1" } as const;
    const { address, deps, provider, ledger } = setUpAwaited(
      { resolutions: { "t-name": { nativeId: "t-name" } } },
      led,
    );
    expect(await canonicalAddress(address, deps)).toMatchObject({ id: "aliyun:cn-hangzhou:t-1", nativeId: "t-1" });
    ledger.records.set("aliyun:cn-hangzhou:t-1", recordOf(sampleTask({ status: "running" })));
    expect(await canonicalAddressToTrack(address, deps)).toMatchObject({ nativeId: "t-1" });
    expect(provider.calls).toEqual([]);
    ledger.records.set("aliyun:cn-hangzhou:t-1", recordOf(sampleTask({ status: "succeeded" })));
    expect(await canonicalAddressToTrack(address, deps)).toMatchObject({ nativeId: "t-1" });
  });

  test("is that of a later task when the id refers to another one by now", async () => {
    const led = { tracking: "untracked", knownAs: "t-1" } as const;
    const { address, deps, ledger } = setUpAwaited({ resolutions: { "t-name": { nativeId: "t-2" } } }, led);
    ledger.records.set("aliyun:cn-hangzhou:t-1", recordOf(sampleTask({ status: "succeeded" })));
    expect(await canonicalAddressToTrack(address, deps)).toMatchObject({ nativeId: "t-2" });
  });
});

test.each(["succeeded", "vanished"] as const)(
  "canonicalAddress() finds the record of an ended task under its old id (%s); a new request tracks the present one",
  async (status) => {
    const { address, deps, provider } = setUp({ resolutions }, status);
    expect(await canonicalAddress(address, deps)).toBe(address);
    expect(provider.calls).toEqual([]);
    expect(await canonicalAddressToTrack(address, deps)).toMatchObject({ nativeId: "t-1" });
  },
);
