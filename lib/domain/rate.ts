/** The reserved calls of one budget, in one item of the ledger that all processes share. */
export interface RateReservation {
  /** Grows by one with every write. Writes are conditional on it. */
  readonly revision: number;
  /**
   * Epoch milliseconds. The theoretical arrival time of the generic cell rate algorithm: the next call that nobody has
   * reserved conforms to the rate from this time on.
   */
  readonly tatMs: number;
}
