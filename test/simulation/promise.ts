import type { Scenario } from "./scenario.ts";
import { dayMs } from "./scenario.ts";
import type { TrueTask } from "./truth.ts";

/** What the docs promise about finding a task that nobody has tracked. */

const minuteMs = 60_000;

/**
 * Whether the windows of the sweeps cover the task, even if it has ended by the time it is listed: it was listed within
 * the overlap, and was created after the first look-back.
 */
export function isTimely({ createdAtMs, listedFromMs }: TrueTask, { settings, slots }: Scenario): boolean {
  const firstMs = slots[0]?.atMs ?? 0;
  return (
    // Rows have a resolution of one minute, and clocks may be a few minutes off.
    listedFromMs - createdAtMs <= Math.min(settings.overlapMs, 15 * minuteMs) - 2 * minuteMs &&
    createdAtMs >= firstMs - Math.min(settings.firstLookbackMs, dayMs) + minuteMs
  );
}

/** How long a tracked task may stay unseen before it counts as vanished. */
export const neverShownMs = 30 * minuteMs;

/** How often open tasks are listed whatever their age, at least. */
export const openListingMs = 60 * minuteMs;
