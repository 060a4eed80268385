// Proof of burn as Slimcoin runs it: P4Titan, "Slimcoin: a peer-to-peer crypto-currency with proof-of-burn", 2014, after I. Stewart's
// proposal of 2012; Counterparty's burn of 2014 beside it. The rules in full: docs/proof-of-burn.md.
import { expectedChainEvents } from '../../harness/simulate/chain/common.ts';
import { hardwareProblems, miningHardware } from '../../harness/simulate/chain/mining-hardware.ts';
import { ORPHAN_ARRIVALS } from '../../harness/simulate/chain/observations.ts';
import { faultProblems, sharesProblems } from '../../harness/simulate/chain/parameters.ts';
import { chainEngines } from '../../harness/simulate/chain/engines.ts';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import { burnHorizon_us, burnSpec } from './mechanism.ts';
import { parameters, type BurnParameters } from './parameters.ts';

const workload: Workload<BurnParameters> = {
  id: 'proof-of-burn',
  mark: 14,
  revision: 1,
  title: 'Proof of burn (Slimcoin)',
  family: 'lottery',
  settings: ['public'],
  reference: {
    authors: 'P4Titan',
    title: 'Slimcoin: a peer-to-peer crypto-currency with proof-of-burn',
    venue: 'white paper, and the source code of Slimcoin',
    year: 2014,
    section: 'proof of burn; GetNextBurnTargetRequired, HashBurnData and CheckProofOfBurn of main.cpp',
  },
  parameters,
  problems: (cell) => [
    ...sharesProblems<BurnParameters>('hash_shares')(cell),
    ...sharesProblems<BurnParameters>('burn_shares')(cell),
    ...faultProblems(cell),
    ...hardwareProblems(cell.parameters),
  ],
  faultKinds: ['crash', 'delay', 'partition', 'eclipse', 'power-loss', 'double-spend', 'schedule'],
  loads: ['closed', 'open', 'saturate'],
  nodes: { min: 1, max: 10_000 },
  bound: {
    claim: 'secure while honest nodes hold more than half of the computing power and of what was burnt',
    faults: (nodes) => Math.floor((nodes - 1) / 2),
  },
  exactKinds: ['power-loss', 'double-spend'],
  observations: [
    ORPHAN_ARRIVALS,
    {
      name: 'burn_blocks_share',
      unit: '',
      kind: 'share',
      description:
        "The share of the final chain's blocks that were made by burnt coins; the target aims at one for three of proof of work.",
    },
  ],
  expectedEvents: expectedChainEvents,
  engines: chainEngines(burnSpec),
  horizon:
    'twice the time in which the blocks that the run needs come by proof of work alone but for a chance of 2 in 10^9, each with its spread, after the end of every fault',
  horizon_us: burnHorizon_us,
  miningHardware,
};
export default workload;
