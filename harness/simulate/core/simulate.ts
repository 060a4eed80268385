// A cell through its workload's engine. Pure: the same cell gives the same outcome, whatever engine and backend.
import type { BlockTree } from '../../model/block-tree.ts';
import type { Kernels } from '../../model/kernels.ts';
import type { Cell } from '../../model/cell.ts';
import { linked } from './bandwidth.ts';
import { resolveFaults } from './faults.ts';
import { buildNetwork, placed } from './network.ts';
import { EVENT_BUDGET, EngineLimit, NeedsMessages, type Setup, type Workload } from './contract.ts';
import type { EngineId, Outcome, TraceLine } from '../../model/outcome.ts';

export interface SimulateOptions {
  readonly engine: 'auto' | EngineId;
  readonly kernels: Kernels;
  readonly trace?: (line: TraceLine) => void;
  readonly tree?: (tree: BlockTree) => void;
  /** Events after which the messages engine gives up; absent: its own budget. */
  readonly eventBudget?: number | undefined;
}

/**
 * `auto` begins with the workload's fastest engine and goes on to messages where that cannot represent the cell; an engine
 * that is named never falls back.
 * @throws EngineLimit where the engine does not take the cell
 */
export function simulateCell(cell: Cell, workload: Workload, options: SimulateOptions): { outcome: Outcome; engine: EngineId } {
  const setup = setupOf(cell, workload, options);
  const [first, then] = enginesFor(workload, options.engine);
  if (workload.engines[first] === undefined)
    throw new EngineLimit(`${workload.id} has no engine ${first}, but ${Object.keys(workload.engines).join(', ')}`);
  try {
    return { outcome: runEngine(first, setup, workload), engine: first };
  } catch (error) {
    if (!(error instanceof NeedsMessages)) throw error;
    if (then === undefined) throw new EngineLimit(`${cannotText(first, error)}; accepted: --engine ${othersText(workload, first)}`);
    try {
      return { outcome: runEngine(then, setup, workload), engine: then };
    } catch (limit) {
      if (limit instanceof EngineLimit) throw new EngineLimit(`needs messages: ${error.message}; ${limit.message}`);
      if (limit instanceof NeedsMessages) throw new EngineLimit(`${cannotText(first, error)}, nor can ${then}: ${limit.message}`);
      throw limit;
    }
  }
}

const cannotText = (engine: EngineId, { message }: NeedsMessages): string => `the ${engine} engine cannot represent this cell: ${message}`;

/** What may stand in the place of an engine that does not take a cell. */
function othersText({ engines }: Pick<Workload, 'engines'>, engine: EngineId): string {
  return ['auto', ...Object.keys(engines).filter((other) => other !== engine)].join(', ');
}

/** The engines that a cell is tried on, one after another. */
export function enginesFor({ engines }: Pick<Workload, 'engines'>, choice: 'auto' | EngineId): readonly [EngineId, EngineId?] {
  if (choice !== 'auto') return [choice];
  const [first] = Object.keys(engines) as EngineId[];
  return first === 'messages' || engines.messages === undefined ? [first] : [first, 'messages'];
}

function runEngine(engine: EngineId, setup: Setup, workload: Workload): Outcome {
  if (engine === 'messages') {
    const excess = excessEvents(workload, setup.cell, setup.eventBudget);
    if (excess !== '') throw new EngineLimit(excess);
  }
  return workload.engines[engine]!(setup);
}

/** Why a cell does not start on messages, '' where it does: more events are expected than its budget has. */
export function excessEvents(
  { expectedEvents }: Pick<Workload, 'expectedEvents'>,
  cell: Parameters<NonNullable<Workload['expectedEvents']>>[0],
  budget: number = EVENT_BUDGET,
): string {
  const expected = expectedEvents?.(cell) ?? 0;
  return expected > budget ? `${Math.ceil(expected)} events expected on messages, budget ${budget}` : '';
}

export function setupOf(cell: Cell, workload: Workload, options: Omit<SimulateOptions, 'engine'>): Setup {
  const setup = {
    cell,
    parameters: cell.parameters,
    nodes: cell.nodes,
    network: linked(placed(buildNetwork(cell.network), cell.placement, cell.nodes, workload.roles?.(cell)), cell.network, cell),
    faults: resolveFaults(cell, workload.exactKinds),
    collect: cell.crypto === 'measured',
    kernels: options.kernels,
    ...(options.trace === undefined ? {} : { trace: options.trace }),
    ...(options.eventBudget === undefined ? {} : { eventBudget: options.eventBudget }),
    ...(options.tree === undefined ? {} : { tree: options.tree }),
  };
  return { ...setup, horizon_us: cell.horizon_s === undefined ? workload.horizon_us(setup) : Math.round(cell.horizon_s * 1e6) };
}
