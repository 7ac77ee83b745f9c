/** Rules and targets: delivers events, with retries until the target accepts or the last attempt fails. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DeliveredEvent } from "./event-entries.ts";
import { compileEventPattern } from "./event-pattern.ts";

export interface EventRule {
  readonly name: string;
  /** Events of every existing bus if absent. */
  readonly bus?: string;
  /** An EventBridge event pattern. */
  readonly pattern: unknown;
  readonly target: (event: DeliveredEvent) => Promise<void>;
}

/** One attempt to deliver one event. */
export interface Delivery {
  readonly rule: string;
  readonly event: DeliveredEvent;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** `undefined` if the target accepted the event. */
  readonly error: unknown;
}

export interface EventDelivery {
  /** Starts the deliveries of an event and returns immediately. If rules are named, only these get it. */
  deliver(bus: string, event: DeliveredEvent, onlyRules?: readonly string[]): void;
  /** Drops pending retries and waits for running targets. */
  stop(): Promise<void>;
}

export interface EventDeliveryOptions {
  readonly rules: readonly EventRule[];
  readonly onDelivery: (delivery: Delivery) => void;
  /** Delay before the second, third, and fourth attempt. */
  readonly retryDelaysMs: readonly number[];
}

/** Throws `EventPatternError` for a rule with an unsupported pattern. */
export function createEventDelivery({ rules, onDelivery, retryDelaysMs }: EventDeliveryOptions): EventDelivery {
  const compiled = rules.map((rule) => ({ rule, matches: compileEventPattern(rule.pattern) }));
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  async function deliverTo(rule: EventRule, event: DeliveredEvent): Promise<void> {
    for (let attempt = 1; !stopping.signal.aborted; attempt += 1) {
      const error = await rule.target(event).then(
        () => undefined,
        (reason: unknown) => reason ?? new Error("the target failed without a reason"),
      );
      onDelivery({ rule: rule.name, event, attempt, error });
      const delayMs = retryDelaysMs[attempt - 1];
      if (error === undefined || delayMs === undefined) return;
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    deliver(bus, event, onlyRules) {
      for (const { rule, matches } of compiled) {
        if (onlyRules !== undefined && !onlyRules.includes(rule.name)) continue;
        if ((rule.bus !== undefined && rule.bus !== bus) || !matches(event)) continue;
        const delivery = deliverTo(rule, event).finally(() => running.delete(delivery));
        running.add(delivery);
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}
