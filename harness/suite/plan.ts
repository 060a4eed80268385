// suite → cells, lazily and in a fixed order, each with its id and seed.
import { createHash } from 'node:crypto';
import type { Workload } from '../simulate/types.ts';
import { workloads } from '../workloads.ts';
import { combinations, resolveCount } from './check.ts';
import { IdSet, idNumber } from './id-set.ts';
import { NODE_PROFILES, type Cell, type FaultAxis, type FaultSpec, type NodeProfile, type ParameterValue, type Suite } from './schema.ts';

/**
 * The cells of a suite, one at a time: workload in suite order, entry, parameters, nodes, network, fault, crypto, and replicate
 * innermost. A cell that two entries share comes once.
 */
export function* planCells(suite: Suite): Generator<Cell> {
  const seen = new IdSet();
  for (const cell of allCells(suite)) {
    // The seed stands beside the id: a second cell of the same id and seed is the same cell.
    if (seen.add(idNumber(cell.id), cell.seed)) yield cell;
    else if (seen.get(idNumber(cell.id)) !== cell.seed)
      throw new Error(`two cells with the id ${cell.id} (seed ${cell.seed}): a hash collision`);
  }
}

function* allCells(suite: Suite): Generator<Cell> {
  for (const [id, entries] of Object.entries(suite.workloads)) {
    const workload = workloads.get(id);
    if (workload === undefined) throw new RangeError(`unknown workload ${id}; known: ${[...workloads.keys()].join(', ')}`);
    for (const entry of entries) {
      const { parameters: axes, ...own } = entry;
      const { nodes, fault, crypto, network, replicates, node, transactions, risk, decisions, horizon_s } = {
        ...suite,
        ...suite.sweep,
        ...own,
      };
      for (const values of combinations(axes)) {
        const parameters = workload.parameters.parse(values) as Readonly<Record<string, ParameterValue>>;
        for (const n of nodes)
          for (const net of network)
            for (const spec of faultSpecs(fault, n, workload))
              for (const mode of crypto)
                for (let replicate = 0; replicate < replicates; replicate++) {
                  const data: CellData = {
                    workload: id,
                    parameters,
                    nodes: n,
                    fault: spec,
                    network: net,
                    node,
                    transactions,
                    risk,
                    decisions,
                    crypto: mode,
                    replicate,
                    ...(horizon_s === undefined ? {} : { horizon_s }),
                  };
                  yield { id: cellId(data), seed: cellSeed(data, suite.seed), ...data };
                }
      }
    }
  }
}

function* faultSpecs(axes: readonly FaultAxis[], nodes: number, workload: Workload): Generator<FaultSpec> {
  for (const { ratio, count, ...axis } of axes) {
    for (const value of ratio ?? []) yield { ...axis, ratio: value };
    for (const value of count ?? []) yield { ...axis, count: resolveCount(value, workload.bound.faults(nodes)) };
  }
}

type CellData = Omit<Cell, 'id' | 'seed'>;

/** 'c' and 12 hex digits of the SHA-256 of the canonical JSON of all the cell's data. */
export function cellId(data: CellData): string {
  return `c${sha256(canonical({ ...data, node: saidOf(data.node) })).toString('hex', 0, 6)}`;
}

/**
 * 53 bits of the SHA-256 of the same without crypto mode, decisions and risk (and the horizon: waiting longer continues the
 * same run), with the suite's seed. So cells that differ only in those draw the same chances.
 */
export function cellSeed(data: CellData, suiteSeed: number): number {
  const { workload, parameters, nodes, fault, network, node, transactions, replicate } = data;
  const hash = sha256(
    `${suiteSeed} ${canonical({ workload, parameters, nodes, fault, network, node: saidOf(node), transactions, replicate })}`,
  );
  return (hash.readUInt32BE(0) & 0x1fffff) * 0x100000000 + hash.readUInt32BE(4);
}

/** A key that came later counts where it differs from its default. */
function saidOf({ cores, ...node }: NodeProfile): object {
  return cores === NODE_PROFILES.server.cores ? node : { ...node, cores };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** JSON with sorted keys and no spaces. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sharedCanonical).join(',')}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${sharedCanonical((value as Record<string, unknown>)[key])}`).join(',')}}`;
}

/** Parts that many cells share (parameters, a network's matrix) are made once. */
const made = new WeakMap<object, string>();
function sharedCanonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return canonical(value);
  let text = made.get(value);
  if (text === undefined) made.set(value, (text = canonical(value)));
  return text;
}
