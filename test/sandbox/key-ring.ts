/** The valid credential of a cloud and those it replaced. */

export interface KeyRing<Credential> {
  current(): Credential;
  /** From now on the old credential is rejected, as expired if it had a token. */
  rotate(next: Credential): void;
  find(matches: (credential: Credential) => boolean): { credential: Credential; retired: boolean } | undefined;
}

export function createKeyRing<Credential>(first: Credential): KeyRing<Credential> {
  let current = first;
  const retired: Credential[] = [];
  return {
    current: () => current,
    rotate(next) {
      retired.push(current);
      current = next;
    },
    find(matches) {
      if (matches(current)) return { credential: current, retired: false };
      const old = retired.findLast(matches);
      return old === undefined ? undefined : { credential: old, retired: true };
    },
  };
}
