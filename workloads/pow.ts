// Proof of work (Bitcoin): all of it is what mechanisms on top of it share.
import { expectedChainEvents } from '../harness/simulate/chain/common.ts';
import { chainHorizon_us } from '../harness/simulate/chain/horizon.ts';
import { chainEngines } from '../harness/simulate/chain/engines.ts';
import type { Workload } from '../harness/simulate/core/contract.ts';
import {
  POW_OBSERVATIONS,
  powHardware,
  powProblems,
  powSchema,
  powSpec,
  slowestGap_us,
  type PowParameters,
} from './parts/proof-of-work.ts';

const workload: Workload<PowParameters> = {
  id: 'pow',
  mark: 1,
  revision: 4,
  title: 'Proof of work (Bitcoin)',
  family: 'lottery',
  settings: ['public'],
  reference: {
    authors: 'S. Nakamoto',
    title: 'Bitcoin: a peer-to-peer electronic cash system',
    venue: 'bitcoin.org',
    year: 2008,
    section: 'sections 4, 5 and 11; reversal chances: M. Rosenfeld, arXiv 1402.2009',
  },
  parameters: powSchema,
  problems: powProblems,
  faultKinds: ['crash', 'delay', 'partition', 'eclipse', 'power-loss', 'double-spend', 'selfish', 'schedule'],
  loads: ['closed', 'open', 'saturate'],
  nodes: { min: 1, max: 100_000 },
  bound: {
    claim: 'secure while honest nodes collectively control more computing power than any cooperating group of attackers',
    faults: (nodes) => Math.floor((nodes - 1) / 2),
  },
  exactKinds: ['power-loss', 'double-spend', 'selfish'],
  observations: POW_OBSERVATIONS,
  expectedEvents: expectedChainEvents,
  engines: chainEngines(powSpec),
  horizon:
    'twice the time in which the blocks that the run needs come but for a chance of 2 in 10^9, each with its spread (a message as slow as one in a million is, lost tries included), after the end of every fault',
  horizon_us: (setup) =>
    chainHorizon_us(setup, powSpec({ ...setup, horizon_us: Infinity }), (live) => slowestGap_us(setup.parameters) / live),
  miningHardware: powHardware,
};
export default workload;
