import type { RateReservation } from "../../lib/domain/rate.ts";
import type { RateStore } from "../../lib/transport/rate-budget.ts";

/** In memory, with the same contract as the store on DynamoDB. */
export function createMemoryRateStore(): RateStore {
  const rates = new Map<string, RateReservation>();
  return {
    readRate: async (id) => rates.get(id),
    async writeRate(id, reservation, expectedRevision) {
      if ((rates.get(id)?.revision ?? null) !== expectedRevision) return false;
      rates.set(id, reservation);
      return true;
    },
  };
}
