// Faults of a cell, resolved to nodes and times.
import type { Cell } from '../../model/cell.ts';
import type { FaultKind } from '../../model/fault.ts';
import { PURPOSE, draw32, drawKey } from './draws.ts';

export interface Faults {
  readonly kind: FaultKind;
  /** Number of faulty nodes (voting); 0 for lotteries. */
  readonly count: number;
  /** The exact share (lotteries); 0 for counts. */
  readonly ratio: number;
  /** 1 where the node is faulty. Length: nodes. */
  readonly faulty: Uint8Array;
  readonly from_us: number;
  /** Infinity: for good. */
  readonly until_us: number;
  readonly delay_us: number;
}

/** An exact decimal as numerator and denominator (JavaScript prints a number's shortest decimal). */
export function exactDecimal(value: number): { numerator: bigint; denominator: bigint } {
  const text = String(value);
  if (!/^\d+(\.\d+)?$/.test(text)) throw new RangeError(`a fault ratio must be a plain decimal, got ${text}`);
  const [whole = '0', fraction = ''] = text.split('.');
  return { numerator: BigInt(whole + fraction), denominator: BigInt(`1${'0'.repeat(fraction.length)}`) };
}

/** floor(ratio * nodes) in integer arithmetic: 0.34 of 100 is 34, whatever 0.34 * 100 is in floating point. */
export function faultCount(ratio: number, nodes: number): number {
  const { numerator, denominator } = exactDecimal(ratio);
  return Number((numerator * BigInt(nodes)) / denominator);
}

/** Kinds whose faulty nodes say what is not so: their word counts for nothing. Those of other kinds are late, cut off or down. */
export const LYING_KINDS: ReadonlySet<FaultKind> = new Set<FaultKind>(['equivocate', 'wrong-vote', 'bad-signature', 'replay']);

/** The last moment at which a cell's fault begins or ends, 0 without one: the world changes no more after it. */
export function lastChange_us({ count, ratio, from_us, until_us }: Pick<Faults, 'count' | 'ratio' | 'from_us' | 'until_us'>): number {
  if (count === 0 && ratio === 0) return 0;
  return until_us === Infinity ? from_us : until_us;
}

export function resolveFaults(cell: Cell, exactRatio: boolean): Faults {
  const { fault, nodes } = cell;
  const count = exactRatio ? 0 : (fault.count ?? faultCount(fault.ratio ?? 0, nodes));
  const faulty = new Uint8Array(nodes);
  if (fault.placement === 'random') {
    // The count nodes with the smallest draws; ties by number.
    const key = drawKey(cell.seed, { purpose: PURPOSE.placement });
    const order = Array.from({ length: nodes }, (_, node) => ({ node, draw: draw32(key, node) }));
    order.sort((x, y) => x.draw - y.draw || x.node - y.node);
    for (const { node } of order.slice(0, count)) faulty[node] = 1;
  } else {
    // The worst for a protocol: silent leaders come one after another; equivocators need the leader and somebody to back it.
    const first = fault.kind === 'silent-leader' ? count : fault.kind === 'equivocate' ? Math.min(1, count) : 0;
    faulty.fill(1, 0, first);
    faulty.fill(1, nodes - (count - first));
  }
  return {
    kind: fault.kind,
    count,
    ratio: exactRatio ? (fault.ratio ?? 0) : 0,
    faulty,
    from_us: Math.round((fault.from_s ?? 0) * 1e6),
    until_us: fault.until_s === undefined ? Infinity : Math.round(fault.until_s * 1e6),
    delay_us: Math.round((fault.delay_ms ?? 0) * 1000),
  };
}
