// A mechanism that the suite writes itself: its common path as a list of phases, on waves and message by message. It is what is compared
// before anything is built: how many rounds, of whom, how large, with which quorums. Views that change are not in it.
import { z } from 'zod';
import type { ParameterProblem, PlannedCell, Setup, Workload } from '../../harness/simulate/core/contract.ts';
import { entriesOf } from '../../harness/model/fault.ts';
import { LYING_KINDS, horizonAfter_us } from '../../harness/simulate/core/faults.ts';
import { departOffset_us, longestLink_us, slowestUpload_ns } from '../../harness/simulate/core/network.ts';
import { checkFull_ns } from '../../harness/simulate/core/transactions.ts';
import { byzantineBound, byzantineQuorum } from '../../harness/simulate/core/quorum.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { programOf, takesPart, type PhaseProgram } from '../parts/phase-program.ts';
import { pathMechanism } from '../parts/phase-messages.ts';
import { waveEngine } from '../../harness/simulate/waves/common-path.ts';
import { phaseWaves } from '../parts/phase-waves.ts';
import { MOST_STEPS, NEED, needOf, parsePhases, provenBy, shapesOf, type WrittenStep } from './notation.ts';

/** PBFT's figure. */
const DEFAULT_PHASES = 'leader>all batch; others>all quorum-1; all>all quorum';
const PHASES = /(^|\s)([a-z]+>[a-z]+|from:)/;
const PHASES_ACCEPT = `phases from>to with what they are, like ${DEFAULT_PHASES}`;
const need = (accepts: string) => z.string().regex(NEED, { error: accepts }).meta({ accepts });

const parameters = z.strictObject({
  phases: z
    .string()
    .max(1000)
    .regex(PHASES, { error: PHASES_ACCEPT })
    .meta({ accepts: PHASES_ACCEPT })
    .default(DEFAULT_PHASES)
    .describe('the phases in order, each from>to and what it is: batch, persists, a need, check:, carries:, signed:, bytes:, as:'),
  authentication: z
    .enum(['signature', 'none'])
    .default('signature')
    .describe('signature: messages are signed, and batches hashed for that; none: nodes crash and do not lie'),
  decides: z
    .union([z.literal('last'), z.int().min(1).max(MOST_STEPS)])
    .default('last')
    .describe('the phase after which a node has decided'),
  replies_from: z.enum(['all', 'leader']).default('all').describe('who tells the client'),
  replies: z
    .union([z.int().min(1).max(20_000), need('one of majority, quorum, f+1, all, or a number of nodes')])
    .default('f+1')
    .describe('replies that the client waits for'),
  leader: z.enum(['fixed', 'rotating']).default('fixed').describe('node 0, or each decision the next one'),
  certificates: z
    .enum(['list', 'aggregate'])
    .default('list')
    .describe('a certificate is a list of signatures, or one aggregate signature, and the votes for it are shares'),
  requests_to: z.enum(['leader', 'all']).default('leader').describe('whom a client sends its request to'),
  log_window: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(256)
    .describe(
      'sequence numbers under way beyond the last executed one; 1: no node takes part in a decision before it has executed the last',
    ),
  client_timeout_ms: z.number().positive().max(86_400_000).default(60_000).describe('after which a client asks all nodes'),
});
type Parameters = z.infer<typeof parameters>;

function stepsOf({ phases }: Parameters): readonly WrittenStep[] {
  const steps = parsePhases(phases);
  if (typeof steps === 'string') throw new RangeError(`phases: received ${phases}; accepted: ${steps}`);
  return steps;
}

function problems({ parameters: p, nodes, fault }: PlannedCell<Parameters>): ParameterProblem[] {
  const steps = parsePhases(p.phases);
  if (typeof steps === 'string') return [{ parameter: 'phases', accepts: steps }];
  const found: ParameterProblem[] = [];
  const batch = steps.findIndex((step) => step.batch);
  const decides = p.decides === 'last' ? steps.length : p.decides;
  if (decides > steps.length || decides <= batch)
    found.push({ parameter: 'decides', accepts: `last, or a number from ${batch + 1} to ${steps.length}: a phase from the batch on` });
  if (p.authentication === 'none') {
    const signed = steps.find(({ check, carries }) => (check ?? 'none') !== 'none' || carries !== null);
    if (signed !== undefined) found.push({ parameter: 'authentication', accepts: 'signature, where a phase checks or carries signatures' });
    const lie = entriesOf(fault).find(({ kind }) => LYING_KINDS.has(kind));
    if (lie !== undefined) found.push({ parameter: 'authentication', accepts: `signature beside the fault kind ${lie.kind}` });
  }
  // A sender can prove no more than a receiver of the votes before has waited for; of a sum it can prove no part.
  const shapes = shapesOf(steps, nodes, p);
  const isAggregate = p.certificates === 'aggregate';
  shapes.forEach(({ carries = 0 }, index) => {
    const votes = shapes[provenBy(shapes, index)];
    if (carries === 0 || votes === undefined) return;
    if (carries > votes.need || (isAggregate && carries < votes.need))
      found.push({
        parameter: 'phases',
        accepts: `a certificate of ${isAggregate ? '' : 'at most '}the ${votes.need} votes that are waited for (phase ${index + 1} carries ${carries})`,
      });
    if (isAggregate !== (votes.check === 'aggregate'))
      found.push({
        parameter: 'certificates',
        accepts: isAggregate
          ? `list, or check:aggregate for the votes that phase ${index + 1} carries`
          : `aggregate, since the votes that phase ${index + 1} carries are shares (check:aggregate)`,
      });
  });
  const tooMany = shapes.find(({ from, need: count }) => count > (from === 'others' ? nodes - 1 : nodes) || count < 1);
  if (tooMany !== undefined)
    found.push({ parameter: 'phases', accepts: `needs that ${nodes} nodes can meet (${tooMany.name}: ${tooMany.need})` });
  const telling = p.replies_from === 'leader' ? 1 : nodes;
  if (needOf(String(p.replies), nodes) > telling)
    found.push({ parameter: 'replies', accepts: `at most ${telling} (replies_from: ${p.replies_from})` });
  return found;
}

export function phaseProgram({ parameters: p, nodes, cell }: Pick<Setup<Parameters>, 'parameters' | 'nodes' | 'cell'>): PhaseProgram {
  const steps = shapesOf(stepsOf(p), nodes, p);
  const decides = (p.decides === 'last' ? steps.length : p.decides) - 1;
  const batch = steps.findIndex(({ hasBatch }) => hasBatch);
  const persists = steps
    .slice(0, decides + 1)
    .findLastIndex((step, index) => step.persists === true && step.from !== 'leader' && index >= batch);
  return programOf({
    nodes,
    node: cell.node,
    batch_bytes: cell.transactions.bytes * cell.transactions.per_decision,
    steps,
    decides,
    holds: persists >= 0 ? persists : Math.max(batch, decides - 1),
    form: p.certificates,
    replies: { from: p.replies_from, need: needOf(String(p.replies), nodes) },
    commitQuorum: Math.max(...steps.slice(batch, decides + 1).map(({ need: count }) => count)),
    rotates: p.leader === 'rotating',
    inOrder: p.log_window === 1,
    requestsTo: p.requests_to,
    signs: p.authentication === 'signature',
  });
}

/** Why nothing can be decided any more. */
function hopeless(setup: Setup<Parameters>, { steps, reply }: PhaseProgram): string {
  const { faults, nodes } = setup;
  if (faults.kind !== 'crash' && faults.kind !== 'silent-leader') return '';
  if (faults.count === 0 || faults.from_us > 0 || faults.until_us < Infinity) return '';
  const live = nodes - faults.count;
  const need = Math.max(
    reply.from === 'all' ? reply.need : 1,
    ...steps.map(({ from, need: count }) => (from === 'others' ? count + 1 : count)),
  );
  if (live < need) return `${live} of ${nodes} nodes are left for good, fewer than the ${need} that a phase waits for`;
  if (setup.parameters.leader === 'rotating') return '';
  return faults.faulty[0] === 1 ? 'the leader is down for good, and no other takes its place' : '';
}

/** Transactions a second that no node's uplink, cores and disk exceed, about: a search for the capacity begins at a tenth of it. */
function bound_tps({ cell, network, nodes }: Setup<Parameters>, program: PhaseProgram): number {
  const { per_decision } = cell.transactions;
  let sent_bytes = 0;
  let work_ns = program.propose_ns(program.batch_bytes) + checkFull_ns(cell);
  for (const step of program.steps) {
    if (takesPart(step.from, 0, 0)) sent_bytes += step.bytes * (step.to === 'leader' ? 0 : nodes - 1);
    if (takesPart(step.to, 0, 0)) work_ns += step.work_ns(step.need, program.batch_bytes);
  }
  const upload_s = network.bandwidth_bps > 0 ? (sent_bytes * 8) / network.bandwidth_bps : 0;
  const writes = program.steps.filter(({ persists, from }) => persists && takesPart(from, 0, 0)).length;
  const slowest_s = Math.max(work_ns / 1e9 / cell.node.cores, upload_s, (writes * cell.node.persist_ns) / 1e9);
  return slowest_s > 0 ? per_decision / slowest_s : 1e6;
}

function messages(setup: Setup<Parameters>) {
  return runVoting(setup as Setup, (one) => {
    const own = one as unknown as Setup<Parameters>;
    const program = phaseProgram(own);
    return pathMechanism(one, program, {
      window: own.parameters.log_window,
      clientTimeout_us: Math.ceil(own.parameters.client_timeout_ms * 1000),
      bound_tps: bound_tps(own, program),
      hopeless: hopeless(own, program),
    });
  });
}

const workload: Workload<Parameters> = {
  id: 'phases',
  mark: 18,
  revision: 1,
  title: 'Phases written in the suite',
  family: 'voting',
  settings: ['consortium', 'private'],
  reference: { authors: 'this project', title: 'Phases: a mechanism without code', venue: 'docs/phases.md', year: 2026, section: '1' },
  parameters,
  problems,
  faultKinds: ['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 2, max: 20_000 },
  bound: { claim: 'none of its own: what the needs that are written intersect in', faults: byzantineBound },
  exactKinds: [],
  persists: ({ parameters }) => stepsOf(parameters).some(({ persists }) => persists),
  aggregates: ({ parameters, nodes }) => shapesOf(stepsOf(parameters), nodes, parameters).some(({ check }) => check === 'aggregate'),
  // Of the default phases; those of others are the largest need up to the phase that decides.
  commitQuorum: (nodes) => byzantineQuorum(nodes),
  loads: ['closed', 'open', 'saturate'],
  engines: {
    waves: waveEngine((setup) => {
      const program = phaseProgram(setup);
      const patience_us = Math.ceil(setup.parameters.client_timeout_ms * 1000);
      return phaseWaves(setup, program, { patience_us, hopeless: hopeless(setup, program) });
    }),
    messages,
  },
  horizon:
    'for each decision and one more the patience of the client, and each phase as slow as a message in 10^9 is; after eight times the end of the last fault',
  horizon_us: ({ cell, network, faults, nodes, parameters: p }) => {
    const { steps, request } = phaseProgram({ cell, nodes, parameters: p });
    const link_us = longestLink_us(network) + faults.delay_us;
    const upload_us = steps.reduce(
      (sum, { bytes }) => sum + departOffset_us(slowestUpload_ns(network, Math.max(bytes, request.bytes)), nodes - 1),
      0,
    );
    const writes_us = steps.filter(({ persists }) => persists).length * Math.ceil(cell.node.persist_ns / 1000);
    const decision_us = Math.ceil(p.client_timeout_ms * 1000) + (steps.length + 2) * link_us + upload_us + writes_us;
    return horizonAfter_us(faults, (cell.decisions + 1) * decision_us);
  },
};
export default workload;
