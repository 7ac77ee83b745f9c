/** The reserved calls of one budget, in one ledger item shared by all processes. */
export interface RateReservation {
  /** Grows by one with every write. Writes are conditional on it. */
  readonly revision: number;
  /**
   * Epoch milliseconds. The theoretical arrival time of the generic cell rate algorithm: the next unreserved call
   * conforms to the rate from this time on.
   */
  readonly tatMs: number;
}
