import type { Provider } from "../../lib/domain/provider.ts";

export interface ProviderCounts {
  /** Pages of lists. */
  listPages: number;
  /** Calls of `getMany`. */
  batches: number;
  details: number;
  resolutions: number;
}

/** The same provider with its calls counted. */
export function countProviderCalls(provider: Provider): {
  readonly provider: Provider;
  readonly counts: ProviderCounts;
} {
  const counts: ProviderCounts = { listPages: 0, batches: 0, details: 0, resolutions: 0 };
  const counted: Provider = {
    ...provider,
    async *list(query, signal) {
      for await (const page of provider.list(query, signal)) {
        counts.listPages += 1;
        yield page;
      }
    },
    getMany(nativeIds, signal) {
      counts.batches += 1;
      return provider.getMany(nativeIds, signal);
    },
    get(nativeId, signal, row) {
      counts.details += 1;
      return provider.get(nativeId, signal, row);
    },
  };
  const { resolve } = provider;
  if (resolve === undefined) return { provider: counted, counts };
  const resolving: Provider["resolve"] = (nativeId, signal) => {
    counts.resolutions += 1;
    return resolve(nativeId, signal);
  };
  return { provider: { ...counted, resolve: resolving }, counts };
}
