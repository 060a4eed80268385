// Mining solo and in a pool: proof of work as in `pow`, where some mine for a pool on its jobs. M. Rosenfeld, "Analysis of Bitcoin pooled mining
// reward systems", arXiv 1112.4980, 2011. The rules in full: docs/pow-pool.md.
import { expectedChainEvents } from '../../harness/simulate/chain/common.ts';
import { chainEngines } from '../../harness/simulate/chain/engines.ts';
import type { ParameterProblem, PlannedCell, Workload } from '../../harness/simulate/core/contract.ts';
import { powHardware, powProblems } from '../parts/proof-of-work.ts';
import { poolHorizon_us, poolNodes, poolSpec } from './mechanism.ts';
import { POOL_OBSERVATIONS } from './observations.ts';
import { parameters, type PoolParameters } from './parameters.ts';

function problems(cell: PlannedCell<PoolParameters>): ParameterProblem[] {
  const { measured_hashes_per_block, share_difficulty_ratio } = cell.parameters;
  const found = powProblems(cell);
  // Of a search that is to find a share, and no block.
  if (cell.crypto === 'measured' && share_difficulty_ratio < 1 && measured_hashes_per_block < 2)
    found.push({ parameter: 'measured_hashes_per_block', accepts: 'at least 2 where a share is easier than a block, like 4194304' });
  return found;
}

const workload: Workload<PoolParameters> = {
  id: 'pow-pool',
  mark: 17,
  revision: 2,
  title: 'Pooled mining',
  family: 'lottery',
  settings: ['public'],
  reference: {
    authors: 'M. Rosenfeld',
    title: 'Analysis of Bitcoin pooled mining reward systems',
    venue: 'arXiv 1112.4980',
    year: 2011,
    section: 'sections 1 to 5; messages: Stratum V2, mining protocol',
  },
  parameters,
  problems,
  faultKinds: [
    'crash',
    'delay',
    'partition',
    'eclipse',
    'power-loss',
    'double-spend',
    'selfish',
    'pool-hopping',
    'block-withholding',
    'schedule',
  ],
  loads: ['closed', 'open', 'saturate'],
  nodes: { min: 1, max: 100_000 },
  bound: {
    claim: 'as secure as proof of work; an operator decides what the power of its members is used for',
    faults: (nodes) => Math.floor((nodes - 1) / 2),
  },
  exactKinds: ['power-loss', 'double-spend', 'selfish', 'pool-hopping', 'block-withholding'],
  observations: POOL_OBSERVATIONS,
  expectedEvents: (cell) => {
    const { pool_share, share_difficulty_ratio } = cell.parameters;
    const members = poolNodes(pool_share, cell.nodes);
    // Jobs to the members; each candidate, and its share and answer.
    const pooled = members === 0 ? 0 : cell.decisions * (members + (1 + (2 * members) / cell.nodes) / share_difficulty_ratio);
    return expectedChainEvents(cell) + pooled;
  },
  engines: chainEngines(poolSpec),
  horizon:
    'twice the time in which the blocks that the run needs come but for a chance of 2 in 10^9, each with its spread and that of the job that follows it, after the end of every fault',
  horizon_us: poolHorizon_us,
  miningHardware: powHardware,
};
export default workload;
