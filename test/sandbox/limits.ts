/** What a gateway keeps track of: calls per window and used nonces. */

export interface CallWindow {
  /** True if this call is within the limit of its window. */
  admit(key: string): boolean;
}

/** Counts calls in windows that start at whole multiples of `windowMs`, like calendar minutes. */
export function createCallWindow(options: { now(): number; windowMs: number; limit: number }): CallWindow {
  const counts = new Map<string, number>();
  let current = Number.NaN;
  return {
    admit(key) {
      const window = Math.floor(options.now() / options.windowMs);
      if (window !== current) counts.clear();
      current = window;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count <= options.limit;
    },
  };
}

export interface NonceMemory {
  /** True when a nonce is new. */
  claim(nonce: string): boolean;
}

/** Drops a nonce after `keepMs`, when its request would be rejected for its age anyway. */
export function createNonceMemory(options: { now(): number; keepMs: number }): NonceMemory {
  const seen = new Map<string, number>();
  return {
    claim(nonce) {
      const now = options.now();
      for (const [old, atMs] of seen) {
        if (now - atMs <= options.keepMs) break;
        seen.delete(old);
      }
      if (seen.has(nonce)) return false;
      seen.set(nonce, now);
      return true;
    },
  };
}
