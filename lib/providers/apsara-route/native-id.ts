/** The form of the ids in the published samples, asterisks of masked ones included; the API states none. */
const nativeId = /^[A-Za-z0-9_.*-]{1,128}$/;

export function nativeIdProblem(id: string): string | undefined {
  return nativeId.test(id) ? undefined : "a task id has 1 to 128 letters, digits or any of _ . * -";
}
