// Proof of activity: I. Bentov, C. Lee, A. Mizrahi, M. Rosenfeld, "Proof of activity: extending Bitcoin's proof of work via proof of
// stake", 2014. The rules in full: docs/proof-of-activity.md.
import { expectedChainEvents } from '../../harness/simulate/chain/common.ts';
import { hardwareProblems, miningHardware } from '../../harness/simulate/chain/mining-hardware.ts';
import { ORPHAN_ARRIVALS } from '../../harness/simulate/chain/observations.ts';
import { faultProblems, sharesProblems } from '../../harness/simulate/chain/parameters.ts';
import { chainEngines } from '../../harness/simulate/chain/engines.ts';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import { activityHorizon_us, activitySpec } from './mechanism.ts';
import { headerInterval_s, parameters, type ActivityParameters } from './parameters.ts';
import { headersPerBlock } from './race.ts';

/** Rates by a target are those at which headers are mined. */
const ofHeaders = (p: ActivityParameters): ActivityParameters => ({ ...p, block_interval_s: headerInterval_s(p) });

const workload: Workload<ActivityParameters> = {
  id: 'proof-of-activity',
  mark: 15,
  revision: 2,
  title: 'Proof of activity',
  family: 'lottery',
  settings: ['public'],
  reference: {
    authors: 'I. Bentov, C. Lee, A. Mizrahi, M. Rosenfeld',
    title: "Proof of activity: extending Bitcoin's proof of work via proof of stake",
    venue: 'ACM SIGMETRICS Performance Evaluation Review 42(3), IACR ePrint 2014/452',
    year: 2014,
    section: 'sections 2 and 3',
  },
  parameters,
  problems: (cell) => [
    ...sharesProblems<ActivityParameters>('hash_shares')(cell),
    ...sharesProblems<ActivityParameters>('stakes')(cell),
    ...faultProblems(cell),
    ...hardwareProblems(ofHeaders(cell.parameters)),
  ],
  faultKinds: ['crash', 'delay', 'partition', 'eclipse', 'power-loss', 'double-spend', 'schedule'],
  loads: ['closed', 'open', 'saturate'],
  nodes: { min: 1, max: 100_000 },
  bound: {
    claim:
      'an attacker needs (x (1 - y) / y)^N times the hash power of the others, with a share y of the stake and a share x of the rest online; with as much of the stake as of the power, and all stake online, that is half of both',
    faults: (nodes) => Math.floor((nodes - 1) / 2),
  },
  exactKinds: ['power-loss', 'double-spend'],
  observations: [
    ORPHAN_ARRIVALS,
    {
      name: 'headers_per_block',
      unit: '',
      kind: 'positive',
      description:
        'Headers mined, wasted ones included, for one that all drawn stakeholders signed: x^-N where a share x of the stake is online.',
    },
  ],
  expectedEvents: (cell) =>
    expectedChainEvents(cell) + cell.decisions * headersPerBlock(cell.parameters.online_share, cell.parameters.stakeholders),
  engines: chainEngines(activitySpec),
  horizon:
    'twice the time in which the blocks that the run needs come but for a chance of 2 in 10^9, each with its spread and those of its header and signatures, after the end of every fault; under double-spend with the stake of the others alone',
  horizon_us: activityHorizon_us,
  miningHardware: (p, nodes) => miningHardware(ofHeaders(p), nodes),
};
export default workload;
