import fc from "fast-check";
import type { Operation, Task } from "../../lib/domain/task.ts";
import { sampleTask } from "./sample-task.ts";

/** Texts that take up to six bytes a character in JSON, and up to far more characters than anything keeps. */
const text = fc
  .tuple(fc.constantFrom("x", "語", "🙂", '"\\', "\u0000", "\uD83D", "a\n", "\u2028"), fc.nat(2), fc.nat(400))
  .map(([unit, scale, count]) => unit.repeat((count * 10 ** scale) / 10));
const optionalText = fc.option(text);
const failure = fc.option(fc.record({ code: text, message: text }));

const operation: fc.Arbitrary<Operation> = fc.record({
  status: fc.constantFrom("running", "succeeded", "failed", "unknown"),
  nativeStatus: text,
  error: failure,
  warning: failure,
  related: fc.dictionary(fc.oneof(text, fc.string()), text, { maxKeys: 25 }),
});

/** Few different operations, many times. */
const operations = fc
  .tuple(fc.array(operation, { maxLength: 3 }), fc.nat(300))
  .map(([few, count]) => (few.length === 0 ? [] : Array.from({ length: count }, (_, n) => few[n % few.length]!)));

/** Tasks as no adapter should send them. */
export const hostileTask: fc.Arbitrary<Task> = fc
  .record({
    nativeAction: text,
    nativeStatus: text,
    statusReason: optionalText,
    status: fc.constantFrom("running", "failed", "unknown"),
    error: failure,
    resource: fc.option(fc.record({ type: fc.constant("image" as const), id: optionalText, name: optionalText })),
    requestId: optionalText,
    nativeTimes: fc.record({ createdAt: optionalText, finishedAt: optionalText, zoneAssumed: fc.boolean() }),
    operations,
  })
  .map((wanted) => sampleTask(wanted));
