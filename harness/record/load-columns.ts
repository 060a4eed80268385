// The columns of a load: what was offered, what came of it, and what limited it. docs/load.md says what each load is.
import { latencyColumn, type Column } from './column.ts';

const UNFINISHED = 'unless state is done';
const UNDER_LOAD = 'unless state is done; under the default load';
const WATCHED = `${UNDER_LOAD}; where the engine has no such resource`;
const STILL_WAITING = 'where the rank falls on a transaction that was still waiting';
const inWindow = 'of those submitted in the window';

/** Columns of records.csv, after `engine`. */
export const LOAD_COLUMNS = [
  {
    name: 'load',
    unit: '',
    type: 'text',
    description:
      'What was asked: closed, open or saturate. Its rules that differ from the defaults are in parameters, as load.window_s=…. closed with in_flight 1 is the default.',
    empty: '',
  },
  {
    name: 'offered_tps',
    unit: 'tx/s',
    type: 'number',
    description: 'Transactions offered a second; of a saturate row the largest rate that passed.',
    empty: 'for closed loads; for saturate unless state is done',
  },
  { name: 'in_flight', unit: 'decisions', type: 'integer', description: 'Batches under way of a closed load.', empty: 'for other loads' },
  {
    name: 'transactions_submitted',
    unit: 'transactions',
    type: 'integer',
    description:
      'Submitted in the window: committed + rejected + waiting, always. Under the default load those of the decisions, all committed.',
    empty: UNFINISHED,
  },
  { name: 'transactions_committed', unit: 'transactions', type: 'integer', description: `Committed, ${inWindow}.`, empty: UNFINISHED },
  {
    name: 'transactions_rejected',
    unit: 'transactions',
    type: 'integer',
    description: `Rejected by a full mempool, ${inWindow}.`,
    empty: UNFINISHED,
  },
  {
    name: 'transactions_waiting',
    unit: 'transactions',
    type: 'integer',
    description: `Neither, ${inWindow}, when the run ended; their latency counts as infinite.`,
    empty: UNFINISHED,
  },
  {
    name: 'tx_latency_ms_mean',
    unit: 'ms',
    type: 'number',
    description: 'Mean virtual time from submission to acceptance, over committed transactions.',
    empty: `${UNDER_LOAD}; where none was committed`,
  },
  {
    name: 'queue_tx_max',
    unit: 'transactions',
    type: 'integer',
    description: 'The largest number of transactions in a mempool.',
    empty: UNDER_LOAD,
  },
  {
    name: 'cpu_utilisation_max',
    unit: '',
    type: 'number',
    description:
      "Share of the window in which the cores of the busiest node work: their mean, or its longest serial chain's share where that is larger.",
    empty: WATCHED,
  },
  { name: 'uplink_utilisation_max', unit: '', type: 'number', description: 'The same of the busiest uplink.', empty: WATCHED },
  { name: 'downlink_utilisation_max', unit: '', type: 'number', description: 'The same of the busiest downlink.', empty: WATCHED },
  {
    name: 'bottleneck',
    unit: '',
    type: 'text',
    description:
      "The resource with the highest utilisation over the window: cpu, disk, uplink, downlink, block-space or window (the protocol's own limit); latency where none is above 0.8. Of a saturate row that of the lowest rate that failed.",
    empty: UNDER_LOAD,
  },
] as const satisfies readonly Column[];

/** curves.csv: one row a rate that a saturation search tried, cells in plan order, rates ascending. */
export const CURVE_COLUMNS = [
  { name: 'cell', unit: '', type: 'text', description: 'The saturate cell, as in records.csv.', empty: '' },
  { name: 'workload', unit: '', type: 'text', description: 'The mechanism.', empty: '' },
  { name: 'nodes', unit: '', type: 'integer', description: 'Number of nodes.', empty: '' },
  { name: 'network', unit: '', type: 'text', description: 'As in records.csv.', empty: '' },
  { name: 'replicate', unit: '', type: 'integer', description: 'Number of the replicate, from 0.', empty: '' },
  { name: 'offered_tps', unit: 'tx/s', type: 'number', description: 'The rate that was tried.', empty: '' },
  { name: 'achieved_tps', unit: 'tx/s', type: 'number', description: 'What was committed a second under it.', empty: '' },
  latencyColumn(50, 'transactions', STILL_WAITING),
  latencyColumn(99, 'transactions', STILL_WAITING),
  {
    name: 'passed',
    unit: '',
    type: 'text',
    description:
      'yes: p99 within its bound, at least 99% of the submitted committed, and the queue no longer in the second half of the window than in the first; else no.',
    empty: '',
  },
] as const satisfies readonly Column[];
