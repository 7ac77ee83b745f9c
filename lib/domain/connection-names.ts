import type { Provider } from "./provider.ts";

/** A renamed connection has two names. Its ids keep the former name; callers may use either. */
type Named = Pick<Provider, "target" | "renamedTo">;

export function isNamed({ target, renamedTo }: Named, name: string): boolean {
  return name === target.connection || name === renamedTo;
}

/** The name in the configuration. */
export function presentName({ target, renamedTo }: Named): string {
  return renamedTo ?? target.connection;
}
