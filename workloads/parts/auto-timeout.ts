// How long a replica stays in a view that brings no decision, where the suite does not say.

/** On a network almost without delay processing a small batch takes longer than 20 link delays. */
const MIN_TIMEOUT_US = 100_000;

/**
 * 4 x (`network_us` + the check of the clients' signatures), or 4 x the check of a decision's votes where that is longer, as it is from some
 * hundred replicas on with delays of a millisecond: shorter ones would change a view whose leader is correct, and the next one as well. Microseconds.
 */
export function autoTimeout_us(network_us: number, clients_ns: number, votes_ns: number): number {
  return Math.max(MIN_TIMEOUT_US, 4 * (network_us + Math.ceil(clients_ns / 1000)), 4 * Math.ceil(votes_ns / 1000));
}
