/**
 * What is wrong with an ECS task id, or `undefined`. Real ids look like `t-bp1…` or `tsk-…`. The published samples mask
 * their ends with asterisks, and the API specifies no format. `TaskIds` is comma-separated, so a comma would split an
 * id.
 */
export function nativeIdProblem(nativeId: string): string | undefined {
  if (/^[A-Za-z0-9_.*-]{1,128}$/.test(nativeId)) return undefined;
  return "an ECS task id has 1 to 128 characters of A-Z, a-z, 0-9, '_', '.', '*' and '-'";
}
