// The columns of what was timed: kernels.csv and samples.csv.
import type { TimingSample } from '../model/record.ts';
import type { KernelMeasurement } from '../measure/costs.ts';
import type { Column } from './column.ts';

/** kernels.csv: one row a kernel and backend. */
export const KERNEL_COLUMNS = [
  { name: 'kernel', unit: '', type: 'text', description: 'What was timed.', empty: '' },
  {
    name: 'backend',
    unit: '',
    type: 'text',
    description:
      'wasm-simd, wasm, reference (@noble/* and plain TypeScript), node-crypto (OpenSSL as Node has it), node-fs (files as Node has them), or a peer by its package name (of aggregate signatures, bls-…, the only one there is).',
    empty: '',
  },
  { name: 'threads', unit: '', type: 'integer', description: 'Threads that ran it at the same time.', empty: '' },
  {
    name: 'unit',
    unit: '',
    type: 'text',
    description: 'What the rate counts: units a second; of writes a second of CPU time, without the wait for the disk.',
    empty: '',
  },
  { name: 'rate_median', unit: 'as in unit', type: 'number', description: 'Median rate over the samples.', empty: '' },
  {
    name: 'rate_ci95_low',
    unit: 'as in unit',
    type: 'number',
    description: 'Lower end of the 95% interval of the median (order statistics).',
    empty: '',
  },
  {
    name: 'rate_ci95_high',
    unit: 'as in unit',
    type: 'number',
    description: 'Upper end of the 95% interval of the median (order statistics).',
    empty: '',
  },
  { name: 'rate_mad', unit: 'as in unit', type: 'number', description: 'Median absolute deviation of the rate, unscaled.', empty: '' },
  {
    name: 'p99_ms',
    unit: 'ms',
    type: 'number',
    description: '99th percentile over samples of the time of one unit (a sample is many).',
    empty: '',
  },
  { name: 'samples', unit: '', type: 'integer', description: 'Timed samples; the raw ones are in samples.csv.', empty: '' },
  {
    name: 'ratio_to_node_crypto',
    unit: '',
    type: 'number',
    description: 'rate_median ÷ that of node-crypto on the same task, measured interleaved.',
    empty: 'where node:crypto has no such task, or was measured on fewer threads',
  },
  {
    name: 'ratio_to_best_peer',
    unit: '',
    type: 'number',
    description:
      'rate_median ÷ that of the fastest of node-crypto and the peer packages measured, on the same task. The kernels command measures packages where they are installed; a run only node-crypto.',
    empty: 'where no peer has such a task, or was measured on as many threads',
  },
  {
    name: 'warning',
    unit: '',
    type: 'text',
    description: 'What makes this row doubtful: a coarse clock, few samples, noise. What makes all of them doubtful stands in costs.json.',
    empty: 'where nothing was seen',
  },
] as const satisfies readonly Column<keyof KernelMeasurement>[];

/** samples.csv: the kernels' samples, then those of measured cells in plan order. */
export const SAMPLE_COLUMNS = [
  {
    name: 'source',
    unit: '',
    type: 'text',
    description: 'What was timed: kernel and backend, a cell (one decision), or cell/hash (one hash of its mining).',
    empty: '',
  },
  { name: 'index', unit: '', type: 'integer', description: 'Number of the sample, from 0.', empty: '' },
  {
    name: 'seconds',
    unit: 's',
    type: 'number',
    description: 'Its time: of one unit of a kernel, of one decision or of one hash.',
    empty: '',
  },
] as const satisfies readonly Column<keyof TimingSample>[];
