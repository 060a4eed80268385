// Quorum arithmetic for n replicas, of which at most f are Byzantine or, with majorities, down.

/** floor(n / 2) + 1. */
export function majorityQuorum(nodes: number): number {
  return Math.floor(nodes / 2) + 1;
}

/** floor((n - 1) / 3): the most Byzantine replicas that any protocol tolerates under partial synchrony. */
export function byzantineBound(nodes: number): number {
  return Math.floor((nodes - 1) / 3);
}

/**
 * ceil((n + f + 1) / 2). 2f + 1 equals it only where n = 3f + 1: at n = 5 or 6 quorums of 2f + 1 = 3 fork with one
 * equivocator. Throws where the arithmetic does not hold.
 */
export function byzantineQuorum(nodes: number, f = byzantineBound(nodes)): number {
  const quorum = Math.ceil((nodes + f + 1) / 2);
  // Two quorums share 2q - n replicas: more than f, so that one of them is correct and cannot have voted for both.
  if (!(2 * quorum - nodes > f)) throw new Error(`quorums of ${quorum} among ${nodes} need not share a correct replica`);
  // The correct replicas alone are a quorum, or f silent ones would stop everything.
  if (!(quorum <= nodes - f)) throw new Error(`${nodes - f} correct replicas are no quorum of ${quorum}`);
  return quorum;
}

/**
 * More than two thirds of all votes: 2f + 1 where n = 3f + 1, and one or none above `byzantineQuorum` else (5 and not 4 of 6). Throws where
 * the arithmetic does not hold.
 */
export function twoThirdsQuorum(votes: number): number {
  const quorum = Math.floor((2 * votes) / 3) + 1;
  const f = byzantineBound(votes);
  // 3q > 2n: two quorums share more than a third.
  if (!(2 * quorum - votes > f)) throw new Error(`quorums of ${quorum} among ${votes} need not share a correct vote`);
  if (!(quorum <= votes - f)) throw new Error(`${votes - f} correct votes are no quorum of ${quorum}`);
  return quorum;
}
