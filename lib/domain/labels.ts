import type { Task } from "./task.ts";

/** The labels that callers give to tasks. Pure. */

type Labels = Task["labels"];

export function sameLabels(one: Labels, other: Labels): boolean {
  return textOf(one) === textOf(other);
}

function textOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted());
}

/** @param label `<name>=<value>`. Either part may contain `=`. */
export function hasLabel(labels: Labels, label: string): boolean {
  return Object.entries(labels).some(([name, value]) => `${name}=${value}` === label);
}
