import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundTask, maxTaskBytes } from "../../../lib/domain/bound-task.ts";
import { boundText, plainText } from "../../../lib/domain/bound-text.ts";
import { mergeKnown } from "../../../lib/domain/merge-known.ts";
import type { Operation, Task } from "../../../lib/domain/task.ts";
import { hostileTask } from "../../fakes/hostile-task.ts";
import { sampleTask } from "../../fakes/sample-task.ts";

const bytesOf = (task: Task) => Buffer.byteLength(JSON.stringify({ ...task, labels: {} }));

function operation(wanted: Partial<Operation> = {}): Operation {
  return { status: "succeeded", nativeStatus: "Success", error: null, warning: null, related: {}, ...wanted };
}

describe("boundText()", () => {
  test.each([
    ["short", 5, "short"],
    ["longer", 5, "long…"],
    ["abc🙂def", 5, "abc…"],
    ["abc🙂def", 6, "abc🙂…"],
    ["a\uD83Db", 5, "a�b"],
    ["two\r\nlines\u0000", 20, "two lines"],
    ["\u001b[31mred", 20, "red"],
    ["a\u001b[2K\rb\u001b]8;;x\u001b\\c\u009b1Ad\u009de", 20, "a b c d e"],
    ["\u202ea\u2066b\u200bc\u00add\ufeff\u{e0041}", 20, "abcd"],
    ["a\u2028b\u2029\u0085c\u007f", 20, "a b c"],
    ["\ud83d\u200b\ude00", 20, "\ufffd\ufffd"],
    ["\r\n", 5, ""],
    [" a ", 5, " a "],
    [" a\u200b ", 5, " a "],
    ["", 5, ""],
  ])("turns %j within %d characters into %j", (text, maxLength, bounded) => {
    expect(boundText(text, maxLength)).toBe(bounded);
  });

  test("is the same when applied again", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\u001b", "[", "]", "\u009b", "\u0007", "\\", "\ud83d", "\ude00", "\u200b"),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const plain = plainText(pieces.join(""));
        expect(plainText(plain)).toBe(plain);
        expect(plain).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 2_000 },
    );
  });

  test("reads sequences without an end in time proportional to the text", () => {
    for (const unit of ["\u001b[1", "\u001b]", "\u009d", "\u009b;", "\u200b", "\u001b]a\u009d"]) {
      const startedMs = performance.now();
      plainText(unit.repeat(1_000_000 / unit.length));
      // A search in quadratic time takes minutes.
      expect(performance.now() - startedMs).toBeLessThan(5_000);
    }
  });

  test("reports a cut, but not a removed control character", () => {
    const cuts: string[] = [];
    boundText("a\u0000b", 3, () => cuts.push("control"));
    boundText("abcd", 3, () => cuts.push("cut"));
    expect(cuts).toEqual(["cut"]);
  });
});

describe("boundTask()", () => {
  test("leaves a task within its bounds as it is", () => {
    const task = sampleTask({
      status: "failed",
      error: { code: "c".repeat(128), message: "m".repeat(1000) },
      statusReason: "r".repeat(1000),
      nativeStatus: "s".repeat(100),
      resource: { type: "image", id: "i".repeat(300), name: "n".repeat(300) },
      requestId: "q".repeat(128),
      operations: [operation({ related: { OSSObject: "o".repeat(300) }, warning: { code: "w", message: "x" } })],
    });
    expect(JSON.stringify(boundTask(task))).toBe(JSON.stringify(task));
  });

  test.each<[string, Partial<Task>, (task: Task) => unknown, number]>([
    ["nativeStatus", { nativeStatus: "x".repeat(500_000) }, (task) => task.nativeStatus, 100],
    ["nativeAction", { nativeAction: "x".repeat(101) }, (task) => task.nativeAction, 100],
    ["statusReason", { statusReason: "x".repeat(1001) }, (task) => task.statusReason, 1000],
    ["error", { error: { code: "x".repeat(129), message: "" } }, (task) => task.error?.code, 128],
    ["error", { error: { code: "", message: "x".repeat(1001) } }, (task) => task.error?.message, 1000],
    ["resource.id", { resource: { type: "image", id: "x".repeat(301), name: null } }, (task) => task.resource?.id, 300],
    [
      "resource.name",
      { resource: { type: "image", id: null, name: "x".repeat(301) } },
      (task) => task.resource?.name,
      300,
    ],
    ["requestId", { requestId: "x".repeat(129) }, (task) => task.requestId, 128],
    [
      "nativeTimes.createdAt",
      { nativeTimes: { createdAt: "x".repeat(65), finishedAt: null, zoneAssumed: false } },
      (task) => task.nativeTimes.createdAt,
      64,
    ],
    [
      "nativeTimes.finishedAt",
      { nativeTimes: { createdAt: null, finishedAt: "x".repeat(65), zoneAssumed: false } },
      (task) => task.nativeTimes.finishedAt,
      64,
    ],
    [
      "operations.nativeStatus",
      { operations: [operation({ nativeStatus: "x".repeat(101) })] },
      (task) => task.operations[0]?.nativeStatus,
      100,
    ],
    [
      "operations.error",
      { operations: [operation({ error: { code: "", message: "x".repeat(1001) } })] },
      (task) => task.operations[0]?.error?.message,
      1000,
    ],
    [
      "operations.warning",
      { operations: [operation({ warning: { code: "x".repeat(129), message: "" } })] },
      (task) => task.operations[0]?.warning?.code,
      128,
    ],
    [
      "operations.related",
      { operations: [operation({ related: { OSSObject: "x".repeat(301) } })] },
      (task) => task.operations[0]?.related["OSSObject"],
      300,
    ],
  ])("cuts %s and says so", (member, wanted, read, length) => {
    const bounded = boundTask(sampleTask(wanted));
    expect(read(bounded)).toBe(`${"x".repeat(length - 1)}…`);
    expect(bounded.truncated).toEqual([member]);
  });

  test("keeps at most twenty related items of an operation", () => {
    const items = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, "v"]));
    expect(boundTask(sampleTask({ operations: [operation({ related: items(20) })] })).truncated).toEqual([]);
    const related = items(21);
    const bounded = boundTask(sampleTask({ operations: [operation({ related })] }));
    expect(Object.keys(bounded.operations[0]?.related ?? {})).toHaveLength(20);
    expect(bounded.truncated).toEqual(["operations.related"]);
  });

  const room = maxTaskBytes - 512 - bytesOf(sampleTask());
  const count = 45;
  /** Operations whose JSON fills exactly this many bytes. Each unit of `grow` is one byte. */
  function filling(bytes: number, grow: (units: number) => Operation): Operation[] {
    const units = Math.floor(bytes / count) - Buffer.byteLength(JSON.stringify(grow(0))) - 1;
    const others = Array.from({ length: count - 1 }, () => grow(units));
    return [...others, grow(bytes - Buffer.byteLength(JSON.stringify([...others, grow(0)])))];
  }
  const withRelatedBytes = (units: number) =>
    operation({
      related: Object.fromEntries(
        Array.from({ length: 4 }, (_, n) => [`k${n}`, "v".repeat(Math.floor((units + n) / 4))]),
      ),
    });
  const withMessageBytes = (units: number) => operation({ error: { code: "C", message: "m".repeat(units) } });

  test.each([
    ["related items", withRelatedBytes, ["operations.related"]],
    ["messages", withMessageBytes, ["operations.error"]],
  ])("keeps %s that fill the room exactly, and none of them with one byte more", (_what, grow, truncated) => {
    const exact = filling(room, grow);
    expect(boundTask(sampleTask({ operations: exact }))).toEqual(sampleTask({ operations: exact }));
    const over = boundTask(sampleTask({ operations: filling(room + 1, grow) }));
    expect([over.operations.length, over.truncated]).toEqual([count, truncated]);
  });

  test("drops as many operations as it must, and no more, when nothing else can be cut", () => {
    const wide = { code: "語".repeat(128), message: "語".repeat(200) };
    const one = (padding: number, status: Operation["status"] = "succeeded") =>
      operation({ status, nativeStatus: "s".repeat(padding), error: wide, warning: wide });
    const withCommaBytes = Buffer.byteLength(JSON.stringify(one(0))) + 1;
    // The count includes a comma after the last operation and the two brackets.
    const fitting = Math.floor((room - 2) / withCommaBytes);
    const filled = (bytes: number) => {
      const padding = bytes - 2 - fitting * withCommaBytes;
      return Array.from({ length: fitting }, (_, n) => one(Math.floor((padding + n) / fitting)));
    };
    const whole = filled(room + 1);
    expect(boundTask(sampleTask({ operations: whole }))).toEqual(sampleTask({ operations: whole }));
    const [exact, over] = [filled(room), filled(room + 1)];
    expect(boundTask(sampleTask({ operations: [...exact, one(0)] })).operations.length).toBe(fitting);
    const failed = { ...exact[0]!, status: "failed" as const };
    expect(boundTask(sampleTask({ operations: [failed, ...exact] })).operations.length).toBe(fitting);
    expect(boundTask(sampleTask({ operations: [...over, one(0)] })).operations.length).toBe(fitting - 1);
  });

  test("keeps a hundred operations in their order, and every failed one among them", () => {
    const operations = Array.from({ length: 900 }, (_, n) =>
      operation({ nativeStatus: String(n), status: n % 30 === 29 ? "failed" : "succeeded" }),
    );
    const { operations: kept, truncated } = boundTask(sampleTask({ operations }));
    expect(kept).toHaveLength(100);
    expect(kept.filter(({ status }) => status === "failed")).toHaveLength(30);
    const order = kept.map(({ nativeStatus }) => Number(nativeStatus));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(truncated).toEqual(["operations"]);
  });

  test("drops related items before it shortens messages, and operations last", () => {
    const related = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`k${n}`, "v".repeat(300)]));
    const withRelated = Array.from({ length: 10 }, () => operation({ related }));
    const bounded = boundTask(sampleTask({ operations: withRelated }));
    expect(bounded.operations).toEqual(Array.from({ length: 10 }, () => operation()));
    expect(bounded.truncated).toEqual(["operations.related"]);

    const error = { code: "Failed", message: "m".repeat(1000) };
    const withErrors = Array.from({ length: 100 }, () => operation({ status: "failed", error }));
    const shortened = boundTask(sampleTask({ operations: withErrors }));
    expect(shortened.operations).toHaveLength(100);
    expect(shortened.operations[0]?.error?.message).toHaveLength(200);
    expect(shortened.truncated).toEqual(["operations.error"]);

    const wide = { code: "語".repeat(128), message: "語".repeat(1000) };
    const failed = operation({ status: "failed", error: wide });
    const others = Array.from({ length: 99 }, () => operation({ warning: wide }));
    const dropped = boundTask(sampleTask({ operations: [...others, failed] }));
    expect(dropped.operations.length).toBeGreaterThan(20);
    expect(dropped.operations.at(-1)?.status).toBe("failed");
    expect(dropped.truncated).toEqual(["operations", "operations.error", "operations.warning"]);
    expect(bytesOf(dropped)).toBeLessThanOrEqual(maxTaskBytes);
  });

  test("always gives plain text within 48 KB, and the same when applied again", () => {
    fc.assert(
      fc.property(hostileTask, (hostile) => {
        const bounded = boundTask(hostile);
        expect(bytesOf(bounded)).toBeLessThanOrEqual(maxTaskBytes);
        expect(JSON.stringify(boundTask(bounded))).toBe(JSON.stringify(bounded));
        // Read as JSON, so that names of members count as well.
        const texts: string[] = [];
        JSON.parse(JSON.stringify({ ...bounded, labels: {} }), (name, value) => {
          texts.push(name, ...(typeof value === "string" ? [value] : []));
          return value;
        });
        expect(texts.filter((text) => plainText(text) !== text)).toEqual([]);
        if (bounded.truncated.length === 0) expect(bounded.operations).toHaveLength(hostile.operations.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe("mergeKnown()", () => {
  test("keeps a merged task within 48 KB", () => {
    fc.assert(
      fc.property(hostileTask, hostileTask, (known, seen) => {
        const merged = mergeKnown(boundTask(known), boundTask({ ...seen, operations: [] }));
        expect(bytesOf(merged)).toBeLessThanOrEqual(maxTaskBytes);
      }),
      { numRuns: 100 },
    );
  });

  test("keeps what is known to be cut only with the members that it keeps", () => {
    const known = boundTask(
      sampleTask({
        nativeStatus: "x".repeat(101),
        resource: { type: "image", id: "x".repeat(301), name: "x".repeat(301) },
        operations: [operation({ nativeStatus: "x".repeat(101) })],
        nativeTimes: { createdAt: "x".repeat(65), finishedAt: null, zoneAssumed: false },
      }),
    );
    expect(known.truncated).toEqual([
      "nativeStatus",
      "nativeTimes.createdAt",
      "operations.nativeStatus",
      "resource.id",
      "resource.name",
    ]);
    const row = sampleTask({ resource: { type: "image", id: "m-1", name: null } });
    expect(mergeKnown(known, row).truncated).toEqual(["operations.nativeStatus", "resource.name"]);
    expect(mergeKnown(known, sampleTask({ operations: [operation()] })).truncated).toEqual([
      "resource.id",
      "resource.name",
    ]);
    const timeless = sampleTask({ nativeTimes: { createdAt: null, finishedAt: null, zoneAssumed: false } });
    expect(mergeKnown(known, { ...timeless, operations: [operation()] }).truncated).toEqual([
      "nativeTimes.createdAt",
      "resource.id",
      "resource.name",
    ]);
  });
});
