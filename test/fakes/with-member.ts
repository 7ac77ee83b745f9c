/**
 * A copy of a JSON object in which one member has another value, or is gone if the value is `undefined`.
 * @param path such as `detail.data.task.operations.0.status`
 */
export function withMember(json: object, path: string, value: unknown): Record<string, unknown> {
  const copy = structuredClone(json) as Record<string, unknown>;
  const names = path.split(".");
  const last = names.pop() ?? "";
  const holder = names.reduce((outer, name) => outer[name] as Record<string, unknown>, copy);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}
