// Who proposes in which round (section 2.3 of the paper asks for weighted round robin; the rule is CometBFT's): each round every validator's
// priority grows by its power, the highest proposes, ties by number, and pays the sum of all powers. So in as many rounds as all power
// together each proposes exactly as often as it has power, and the rounds of each are spread.
import { totalWeight, type Weights } from '../../harness/simulate/core/weights.ts';

/** The proposer of round r of height h is that of view h - 1 + r: rounds that were skipped delay nobody's turn at the next height. */
export function proposerOrder(powers: Weights, nodes: number): (view: number) => number {
  if (powers === null) return (view) => view % nodes;
  const total = totalWeight(powers, nodes);
  // After so many rounds all priorities are 0 again.
  const period = total / powers.reduce(greatestDivisor);
  const priorities = new Array<number>(nodes).fill(0);
  const order: number[] = [];
  const next = (): number => {
    let highest = 0;
    for (let node = 0; node < nodes; node++) {
      priorities[node] += powers[node];
      if (priorities[node] > priorities[highest]) highest = node;
    }
    priorities[highest] -= total;
    return highest;
  };
  return (view) => {
    const turn = view % period;
    while (order.length <= turn) order.push(next());
    return order[turn];
  };
}

function greatestDivisor(x: number, y: number): number {
  return y === 0 ? x : greatestDivisor(y, x % y);
}
