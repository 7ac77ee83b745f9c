/** Faults on request, to test publishers against a failing bus. */
import * as z from "zod/mini";
import type { DeliveredEvent, EntryRefusal } from "./event-entries.ts";
import { compileEventPattern } from "./event-pattern.ts";
import type { EventMatcher } from "./event-pattern.ts";

const RefusalOrder = z.strictObject({
  times: z.int().check(z.gte(1)),
  errorCode: z._default(z.string(), "InternalFailure"),
  /** An event pattern; every entry if absent. */
  match: z.optional(z.unknown()),
});

/**
 * The fault of a whole call. `lost-answer`: accepts the events and resets the connection before the response.
 * `hang`: never responds and accepts nothing.
 */
const callFaults = ["throttle", "internal-failure", "hang", "lost-answer"] as const;
type CallFault = (typeof callFaults)[number];

const CallFaultOrder = z.strictObject({ times: z.int().check(z.gte(1)), fault: z.enum(callFaults) });

export interface EventFaults {
  /** Throws if the fault is invalid. */
  orderRefusals(order: unknown): void;
  clearRefusals(): void;
  /** Throws if the fault is invalid. */
  orderCallFaults(order: unknown): void;
  clearCallFaults(): void;
  nextCallFault(): CallFault | undefined;
  refusalOf(event: DeliveredEvent): EntryRefusal | undefined;
  /** How many of each remain. */
  pending(): { refusals: number; callFaults: number };
}

export function createEventFaults(): EventFaults {
  let refusals: { left: number; errorCode: string; matches: EventMatcher }[] = [];
  let calls: { left: number; fault: CallFault }[] = [];
  return {
    orderRefusals(order) {
      const { times, errorCode, match } = RefusalOrder.parse(order);
      refusals.push({ left: times, errorCode, matches: match === undefined ? () => true : compileEventPattern(match) });
    },
    clearRefusals() {
      refusals = [];
    },
    orderCallFaults(order) {
      const { times, fault } = CallFaultOrder.parse(order);
      calls.push({ left: times, fault });
    },
    clearCallFaults() {
      calls = [];
    },
    nextCallFault: () => take(calls, () => true)?.fault,
    refusalOf(event) {
      const refusal = take(refusals, (order) => order.matches(event));
      return refusal && { ErrorCode: refusal.errorCode, ErrorMessage: "Refused on demand." };
    },
    pending: () => ({ refusals: left(refusals), callFaults: left(calls) }),
  };
}

function take<Order extends { left: number }>(orders: Order[], wanted: (order: Order) => boolean): Order | undefined {
  const found = orders.find((order) => order.left > 0 && wanted(order));
  if (found !== undefined) found.left -= 1;
  return found;
}

function left(orders: readonly { left: number }[]): number {
  let count = 0;
  for (const order of orders) count += order.left;
  return count;
}
