// How the mechanisms of a run work: one decision of four nodes as a message sequence, and the blocks of one of its chains. Both are simulated
// again when the report is made.
import type { RunDigest } from '../analysis/digest.ts';
import { loadKernels, wasmBackend } from '../kernels/backend.ts';
import { DEFAULTS, NODE_PROFILES, type Cell, type ParameterValue } from '../model/cell.ts';
import type { FaultSpec } from '../model/fault.ts';
import type { Kernels } from '../model/kernels.ts';
import { DEFAULT_LOAD } from '../model/load.ts';
import type { Workload } from '../simulate/core/contract.ts';
import { parametersOf } from '../suite/accepted.ts';
import { workloads } from '../workloads.ts';
import { drawCell, type DrawnCell } from './drawn-cell.ts';
import { code, escape } from './table.ts';

const NODES = 4;
const DELAY_MS = 100;
/** More than a view change of four nodes causes. */
const MOST_EVENTS = 20_000;
const MOST_BLOCKS = 60;
/** Of a tree in a page. */
const MOST_ROWS = 4;

const NO_FAULT: FaultSpec = { kind: 'crash', count: 0, placement: 'worst' };
const SILENT: FaultSpec = { kind: 'silent-leader', count: 1, placement: 'worst' };

/** One decision with the mechanism's defaults, every message as long on its way as the next; null where four nodes cannot have it. */
function voteOf({ seed }: Cell, workload: Workload, fault: FaultSpec): Cell | null {
  const parameters = workload.parameters.parse({}) as Readonly<Record<string, ParameterValue>>;
  const cell: Cell = {
    id: '',
    seed,
    workload: workload.id,
    parameters,
    nodes: NODES,
    fault,
    network: { kind: 'fixed', delay_ms: DELAY_MS },
    node: NODE_PROFILES.free,
    transactions: { bytes: DEFAULTS.transactions.bytes, per_decision: DEFAULTS.transactions.per_decision },
    risk: DEFAULTS.risk,
    decisions: 1,
    load: DEFAULT_LOAD,
    crypto: 'modelled',
    replicate: 0,
  };
  const fits = NODES >= workload.nodes.min && NODES <= workload.nodes.max && workload.faultKinds.includes(fault.kind);
  return fits && (workload.problems?.(cell) ?? []).length === 0 ? cell : null;
}

/** The chain's cell, with no more decisions or attacks than can be drawn; null where its mechanism of today does not take its parameters. */
function chainOf(cell: Cell, workload: Workload): Cell | null {
  const effort = new Set(parametersOf(workload).flatMap((declared) => (declared.effort ? [declared.name] : [])));
  const least = Object.entries(cell.parameters).map(([name, value]) => [
    name,
    effort.has(name) && typeof value === 'number' ? Math.min(value, MOST_BLOCKS) : value,
  ]);
  const parameters = workload.parameters.safeParse(Object.fromEntries(least));
  if (!parameters.success) return null;
  return { ...cell, parameters: parameters.data as Cell['parameters'], decisions: Math.min(cell.decisions, MOST_BLOCKS) };
}

function ending({ outcome: { state, reason } }: DrawnCell): string {
  return state === 'done' ? '' : ` It ends without a decision: ${reason}.`;
}

/** A file needs it; in a page it goes without saying. */
const NAMESPACE = / xmlns="[^"]*"/;

const figure = (svg: string, caption: string, label: string): string =>
  `<figure class="diagram-figure"><div class="pan" tabindex="0" role="region" aria-label="${escape(label)}">${svg.replace(NAMESPACE, '')}</div>
<figcaption>${caption}</figcaption></figure>`;

function votes(cell: Cell, kernels: Kernels): string {
  const workload = workloads.get(cell.workload)!;
  const drawn = (
    [
      ['sequence', NO_FAULT, 'Normal case'],
      ['sequence-fault', SILENT, 'Silent leader'],
    ] as const
  ).flatMap(([kind, fault, name]) => {
    const one = voteOf(cell, workload, fault);
    if (one === null) return [];
    const title = `${workload.title}: ${name.toLowerCase()}`;
    const sequence = drawCell(one, workload, { kernels, engine: 'messages', kind, title, eventBudget: MOST_EVENTS });
    return sequence.svg === '' ? [] : [figure(sequence.svg, `<b>${escape(name)}.</b>${escape(ending(sequence))}`, title)];
  });
  if (drawn.length === 0) return '';
  return `<h3>One decision of ${escape(workload.id)} among ${NODES} nodes</h3>
<p>With the mechanism’s defaults, every message ${DELAY_MS} ms on its way and work taking no time, so that the phases can be seen. Time goes downwards; long waits are cut. ${code(
    `npx consensus-bench run --workload ${workload.id} --nodes ${NODES} --trace --svg`,
  )} draws it on a network over the world, with ${code('--cell ID')} any cell of up to 16 nodes.</p>
<div class="diagrams">${drawn.join('\n')}</div>`;
}

function chain(planned: Cell, kernels: Kernels): string {
  const workload = workloads.get(planned.workload)!;
  const cell = chainOf(planned, workload);
  if (cell === null) return '';
  const { svg } = drawCell(cell, workload, { kernels, engine: 'chain', rows: MOST_ROWS });
  const command = `npx consensus-bench run suite.yaml --cell ${cell.id} --trace --svg`;
  return `<h3>The blocks of one chain</h3>
${figure(svg, `The cell of this run whose blocks forked most, up to ${MOST_BLOCKS} decisions. ${code(command)} draws all of them.`, 'Tree of blocks')}`;
}

/** null where the run has neither a vote nor a chain that can be drawn. */
export async function diagramSection({ examples }: RunDigest): Promise<string | null> {
  if (examples.vote === null && examples.chain === null) return null;
  const kernels = await loadKernels(wasmBackend());
  const html = [examples.vote === null ? '' : votes(examples.vote, kernels), examples.chain === null ? '' : chain(examples.chain, kernels)];
  const drawn = html.filter((part) => part !== '');
  return drawn.length === 0 ? null : drawn.join('\n');
}
