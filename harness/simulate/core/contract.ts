// The engine contract: what a workload declares, and what an engine gives back. Plain data and pure functions only.
import type { TraceLine, Outcome, Family, EngineId } from '../../model/outcome.ts';
import type { BlockTree } from '../../model/block-tree.ts';
import type { LoadKind, LoadSpec } from '../../model/load.ts';
import type { MiningHardware } from '../../model/mining.ts';
import type { MetricKind } from '../../model/record.ts';
import type { SettingKind } from '../../model/requirements.ts';
import type { Role } from '../../model/role.ts';
import type { z } from 'zod';
import type { Kernels } from '../../model/kernels.ts';
import type { Cell, NetworkSpec, ParameterValue } from '../../model/cell.ts';
import type { FaultKind, FaultSpec } from '../../model/fault.ts';
import type { Network } from '../../model/network.ts';
import type { OutboxFilter } from '../messages/byzantine.ts';
import type { Message } from '../messages/protocol.ts';
import type { FaultEntry, FaultOutline, Faults } from './faults.ts';

/** Everything that a workload's engines see of a cell. Pure: no clock, no chance but draws from cell.seed. */
export interface Setup<P = Readonly<Record<string, ParameterValue>>> {
  readonly cell: Cell;
  readonly parameters: P;
  readonly nodes: number;
  readonly network: Network;
  readonly faults: Faults;
  /** Virtual microseconds after which the cell is stalled. */
  readonly horizon_us: number;
  /** Events after which the messages engine gives up; absent: its own budget. */
  readonly eventBudget?: number;
  /** Cores, uplinks, downlinks and disks queue, and are watched in this window; absent: only uplinks queue (the default load). */
  readonly resources?: ResourceWindow;
  /** Collect operations (crypto: measured) or only count them. */
  readonly collect: boolean;
  /** The message sequence, for --trace; absent when not wanted. */
  readonly trace?: (line: TraceLine) => void;
  /** Chains: all blocks of the run, once it has ended; absent when not wanted. */
  readonly tree?: (tree: BlockTree) => void;
  /** Told when an invariant of the mechanism's does not hold; absent: nobody looks. */
  readonly audit?: (finding: string) => void;
  /** What faulty nodes say instead of what their fault's kind would have them say, made anew for each run; absent: that. */
  readonly adversary?: () => Adversary;
  /** Modelled cells use the wave kernel alone; measured ones also hash and sign with them, to encode what their operations work on. */
  readonly kernels: Kernels;
}

/** What is known of a cell before anything runs: not its network's delays, nor which nodes are faulty. Every Setup is one. */
export interface KnownSetup<P = Readonly<Record<string, ParameterValue>>> {
  readonly cell: Omit<PlannedCell, 'parameters'> & Pick<Cell, 'decisions'>;
  readonly parameters: P;
  readonly faults: { readonly kind: FaultKind; readonly entries: readonly FaultOutline[] };
}

/** An engine of a workload. */
export interface Engine<P = Readonly<Record<string, ParameterValue>>> {
  (setup: Setup<P>): Outcome;
  /**
   * What of the cell it cannot represent (`faults that begin or end`), as far as the cell alone says it; '' where nothing is known. A plan
   * whose cells no engine takes is refused. Absent: nothing is known of any cell.
   */
  readonly cannot?: (setup: KnownSetup<P>) => string;
}

/** Faulty nodes in league: they hear every message, and filter what each of them sends. */
export interface Adversary {
  hears(message: Message): void;
  filterOf(node: number, entry: FaultEntry): OutboxFilter<Message> | null;
}

/** From one moment of virtual time to another; Infinity: until the run ends. */
export interface ResourceWindow {
  readonly from_us: number;
  readonly until_us: number;
}

/** Events after which a cell on messages is stalled, unless its setup says otherwise; one that is expected to cause more does not start. */
export const EVENT_BUDGET = 200_000_000;

/** An engine that cannot represent the cell throws this; `auto` then falls back to messages. */
export class NeedsMessages extends Error {
  override name = 'NeedsMessages';
}
/** The cell has more nodes (or events) than the engine takes: the row becomes `failed`. */
export class EngineLimit extends Error {
  override name = 'EngineLimit';
}

/** An engine that throws, and says beforehand, what it cannot represent. */
export function limitedEngine<P>(run: (setup: Setup<P>) => Outcome, cannot: NonNullable<Engine<P>['cannot']>): Engine<P> {
  const engine = (setup: Setup<P>): Outcome => {
    const what = cannot(setup);
    if (what !== '') throw new NeedsMessages(what);
    return run(setup);
  };
  return Object.assign(engine, { cannot });
}

export interface Reference {
  readonly authors: string;
  readonly title: string;
  readonly venue: string;
  readonly year: number;
  readonly section: string;
}

/** A mechanism. One file under workloads/, one default export. */
export interface Workload<P = any> {
  readonly id: string;
  /**
   * Its colour, shape and dash in every figure (harness/report/marks.ts): from 0, below 64, of no other mechanism, and never changed, so
   * that it looks the same in every report. A new mechanism takes the next number.
   */
  readonly mark: number;
  /** Raised when its results change on purpose: a part of its cells' ids, but not of their seeds. */
  readonly revision: number;
  readonly title: string;
  readonly family: Family;
  /** Who may take part where its source, or the systems that run it, use it. */
  readonly settings: readonly SettingKind[];
  readonly reference: Reference;
  /**
   * Parameters with units in their names, defaults, ranges and descriptions. Strict. One marked `.meta({ effort: true })` says how long a
   * cell looks, not what mechanism it looks at: it makes no variant of its own in tables and figures. One marked `.meta({ tuning: true })`
   * suits a mechanism to a network or a load, like a timer: labels name it where nothing else tells two rows apart.
   */
  readonly parameters: z.ZodType<P>;
  readonly faultKinds: readonly FaultKind[];
  /** Loads that it takes beside the default one; absent: none. */
  readonly loads?: readonly LoadKind[];
  readonly nodes: { readonly min: number; readonly max: number };
  /** The bound that the paper claims: its sentence, and the number of faulty nodes at n (used by counts f and f+1). */
  readonly bound: {
    readonly claim: string;
    readonly faults: (nodes: number) => number;
    /** Kinds under which the source claims safety alone: the mechanism may halt for good. */
    readonly safetyAlone?: readonly FaultKind[];
    /** Its source's model has nodes that stop, and none that say what is wrong: one makes all that it claims void. */
    readonly crashOnly?: true;
  };
  /** Voting: how many replicas hold a decision before it is reported. Absent: durability does not apply. */
  readonly commitQuorum?: (nodes: number) => number;
  /** Rules across fields, known before anything runs: one entry for each that a cell breaks. */
  readonly problems?: (cell: PlannedCell<P>) => readonly ParameterProblem[];
  /** Kinds whose fault ratio is an exact share of power or stake; of the others it means floor(ratio * n) nodes. */
  readonly exactKinds: readonly FaultKind[];
  /** Its participants, clients not included; absent: n nodes of one role, `node`. */
  readonly roles?: (cell: PlannedCell<P>) => readonly Role[];
  /**
   * The cell makes or checks aggregate signatures. Their kernels are measured only where a plan has such a cell: one whose workload does
   * not say so is not priced. Absent: none does.
   */
  readonly aggregates?: (cell: PlannedCell<P>) => boolean;
  /** Nodes of the cell may write what survives a crash; a cost table without the price of a write does not serve such a cell. Absent: none does. */
  readonly persists?: (cell: PlannedCell<P>) => boolean;
  /** Columns of its own: `o_<name>`. */
  readonly observations?: readonly Observation[];
  /**
   * About how many events a run of the cell causes on messages, of a search for saturation its largest run (harness/simulate/core/load/expected.ts
   * has what a load asks for); absent: nobody knows before it runs.
   */
  readonly expectedEvents?: (cell: PlannedCell<P> & Pick<Cell, 'decisions' | 'node'>) => number;
  /** Engines in order of preference for `auto`. */
  readonly engines: Partial<Record<EngineId, Engine<P>>>;
  /** Default horizon in microseconds of virtual time for a setup without horizon_s: beyond the end of every fault, and longer than anything that goes on. */
  readonly horizon_us: (setup: Omit<Setup<P>, 'horizon_us'>) => number;
  /** How that is derived, in words. */
  readonly horizon: string;
  /** What `nodes` nodes mine with, where counts.mining_node_s are counted. Absent: cores. */
  readonly miningHardware?: (parameters: P, nodes: number) => MiningHardware;
}

/** A column of a workload's own. */
export interface Observation {
  /** snake_case, the unit last. */
  readonly name: string;
  /** Empty for plain numbers. */
  readonly unit: string;
  readonly description: string;
  /** What its values can be, which decides the interval of their mean. */
  readonly kind: MetricKind;
}

/** What rules across fields may look at. */
export interface PlannedCell<P = Readonly<Record<string, ParameterValue>>> {
  readonly parameters: P;
  readonly nodes: number;
  readonly fault: FaultSpec;
  readonly transactions: Cell['transactions'];
  readonly load: LoadSpec;
  readonly network: NetworkSpec;
  readonly crypto: Cell['crypto'];
}
/** A parameter (or `fault`) that does not fit the rest of its cell: `accepts` says what to write, with an example. */
export interface ParameterProblem {
  readonly parameter: string;
  readonly accepts: string;
}
