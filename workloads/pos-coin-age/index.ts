// Proof of stake by coin age as Peercoin runs it: S. King, S. Nadal, "PPCoin: peer-to-peer crypto-currency with proof-of-stake", 2012, and
// Peercoin's code. The rules in full: docs/pos-coin-age.md.
import { expectedChainEvents } from '../../harness/simulate/chain/common.ts';
import { CHAIN_OBSERVATIONS } from '../../harness/simulate/chain/observations.ts';
import { faultProblems, sharesProblems } from '../../harness/simulate/chain/parameters.ts';
import { chainEngines } from '../../harness/simulate/chain/engines.ts';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import { coinAgeHorizon_us, coinAgeSpec, kernelHardware } from './mechanism.ts';
import { outputProblems, parameters, type CoinAgeParameters } from './parameters.ts';

/** Tries that slots draw for each block, at the default coins; with as many of them as there may be six times that. */
const TRIES_PER_BLOCK = 50;

const workload: Workload<CoinAgeParameters> = {
  id: 'pos-coin-age',
  mark: 11,
  revision: 2,
  title: 'Proof of stake by coin age (Peercoin)',
  family: 'lottery',
  settings: ['public'],
  reference: {
    authors: 'S. King, S. Nadal',
    title: 'PPCoin: peer-to-peer crypto-currency with proof-of-stake',
    venue: "white paper, and Peercoin's source code",
    year: 2012,
    section: 'section 3; CheckStakeKernelHash and ComputeNextStakeModifier of kernel.cpp, GetNextTargetRequired of pow.cpp',
  },
  parameters,
  problems: (cell) => {
    const shares = sharesProblems<CoinAgeParameters>('stakes')(cell);
    return [...shares, ...(shares.length > 0 ? [] : outputProblems(cell)), ...faultProblems(cell)];
  },
  faultKinds: ['crash', 'delay', 'partition', 'eclipse', 'power-loss', 'double-spend', 'schedule'],
  loads: ['closed', 'open', 'saturate'],
  nodes: { min: 1, max: 10_000 },
  bound: {
    claim: 'secure while an attacker holds less than half of the coin age that mints',
    faults: (nodes) => Math.floor((nodes - 1) / 2),
  },
  exactKinds: ['power-loss', 'double-spend'],
  observations: [
    ...CHAIN_OBSERVATIONS,
    {
      name: 'kernel_age_days',
      unit: 'd',
      kind: 'positive',
      description: "Mean age of the outputs that minted the final chain's blocks, when they did; 30 days at least.",
    },
    {
      name: 'returned_share',
      unit: '',
      kind: 'share',
      description:
        "Where a node comes back with saved-up age (idle_days): the share of the final chain's first 144 blocks, those of a day, that it minted.",
    },
  ],
  expectedEvents: (cell) => expectedChainEvents(cell) + cell.decisions * TRIES_PER_BLOCK,
  engines: chainEngines(coinAgeSpec),
  horizon:
    'twice the time in which the blocks that the run needs come but for a chance of 2 in 10^9, each with its spread, after the end of every fault; of an output one in 45 days at most; and the time until coins of one age have their full weight',
  horizon_us: coinAgeHorizon_us,
  miningHardware: kernelHardware,
};
export default workload;
