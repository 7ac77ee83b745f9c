/** Simulated time: a queue of planned actions. Nothing happens in between. */
export interface Timeline {
  /** Epoch milliseconds of the true time; the clocks of processes may differ from it. */
  now(): number;
  after(delayMs: number, run: () => void): Timer;
  /** Advances to the next action and runs it. Returns false when none is left. */
  step(): boolean;
}

interface Timer {
  readonly dueMs: number;
  /** Actions planned for the same time run in the order they were planned. */
  readonly order: number;
  /** `undefined` if canceled. */
  run: (() => void) | undefined;
}

export function createTimeline(startMs: number): Timeline {
  const heap: Timer[] = [];
  let nowMs = startMs;
  let planned = 0;

  return {
    now: () => nowMs,
    after(delayMs, run) {
      planned += 1;
      const timer = { dueMs: nowMs + Math.max(0, Math.ceil(delayMs)), order: planned, run };
      push(heap, timer);
      return timer;
    },
    step() {
      for (let timer = pop(heap); timer !== undefined; timer = pop(heap)) {
        if (timer.run === undefined) continue;
        nowMs = timer.dueMs;
        timer.run();
        return true;
      }
      return false;
    },
  };
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length;
  heap.push(timer);
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = heap[parentAt] as Timer;
    if (!isBefore(timer, parent)) break;
    heap[at] = parent;
    at = parentAt;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): Timer | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let childAt = 2 * at + 1;
    let child = heap[childAt];
    if (child === undefined) break;
    const other = heap[childAt + 1];
    if (other !== undefined && isBefore(other, child)) {
      child = other;
      childAt += 1;
    }
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = childAt;
  }
  heap[at] = last;
  return first;
}
