// What the cell's faults do to participants and links, at any moment.
import { DEFAULTS } from '../../model/cell.ts';
import { checkLossThreshold, MOST_TRIES, tries } from '../core/network.ts';
import { draw32, type DrawKey } from '../core/draws.ts';
import type { FaultEntry } from '../core/faults.ts';
import type { Setup } from '../core/contract.ts';

/** A time during which a participant is down. */
export interface Downtime {
  readonly from_us: number;
  /** Infinity: for good. */
  readonly until_us: number;
}

/** A schedule has at most eight entries: each has its own draw for each try of a message. */
const MOST_ENTRIES = 8;
/** Of every draw: the try is lost. */
const ALL = 0x100000000;

export class Conditions {
  private readonly setup: Setup;
  /** Entries whose faulty nodes are down, send late, lose what they send, or are cut off. */
  private readonly downs: readonly FaultEntry[];
  private readonly delays: readonly FaultEntry[];
  private readonly losses: readonly FaultEntry[];
  private readonly partitions: readonly FaultEntry[];
  /** No participant is ever down. */
  readonly allUp: boolean;
  /** Every message leaves at once, needs one try, and arrives. */
  readonly plainLinks: boolean;
  /** Links lose more than the network does: what a send needs a key for. */
  readonly lossy: boolean;
  private readonly rto_us: number;

  /** `faultable`: 1 where a participant may be faulty; absent: all nodes. */
  constructor(setup: Setup, faultable: Uint8Array | null) {
    this.setup = setup;
    const entries = setup.faults.entries
      .filter(({ count, ratio }) => count > 0 || ratio > 0)
      .map((entry) => (faultable === null ? entry : { ...entry, faulty: entry.faulty.map((one, node) => one & faultable[node]) }));
    const of = (...kinds: readonly string[]): FaultEntry[] => entries.filter(({ kind }) => kinds.includes(kind));
    this.downs = of('crash', 'silent-leader');
    this.delays = of('delay');
    this.losses = of('loss');
    this.partitions = of('partition');
    this.allUp = this.downs.length === 0;
    this.lossy = this.losses.length > 0;
    this.plainLinks = setup.network.lossThreshold === 0 && this.delays.length + this.losses.length + this.partitions.length === 0;
    // A network that loses nothing by itself may have no time after which a try is repeated.
    const { rto_us, lossThreshold } = setup.network;
    this.rto_us = rto_us === 0 && lossThreshold === 0 ? DEFAULTS.link.rto_ms * 1000 : rto_us;
  }

  isDown(participant: number, at_us: number): boolean {
    for (const entry of this.downs) if (entry.faulty[participant] === 1 && holds(entry, at_us)) return true;
    return false;
  }

  /** In order, each from the moment when a participant goes down to that when it is up again. */
  downtimes(participant: number): Downtime[] {
    const windows = this.downs.filter(({ faulty, from_us, until_us }) => faulty[participant] === 1 && until_us > from_us);
    windows.sort((x, y) => x.from_us - y.from_us);
    const out: { from_us: number; until_us: number }[] = [];
    for (const { from_us, until_us } of windows) {
      const last = out.at(-1);
      if (last !== undefined && from_us <= last.until_us) last.until_us = Math.max(last.until_us, until_us);
      else out.push({ from_us, until_us });
    }
    return out;
  }

  /** When a message that left its sender at `depart_us` gets on its way; Infinity: never. */
  leaves_us(from: number, to: number, depart_us: number): number {
    let leave_us = depart_us;
    for (const entry of this.delays) if (isOnLink(entry, from, to) && holds(entry, depart_us)) leave_us += entry.delay_us;
    // What one cut holds until it heals another may hold then.
    for (let held = true; held;) {
      held = false;
      for (const entry of this.partitions) {
        if ((entry.group[from] ?? 0) === (entry.group[to] ?? 0) || !holds(entry, leave_us)) continue;
        if (!entry.holds || entry.until_us === Infinity) return Infinity;
        leave_us = entry.until_us;
        held = true;
      }
    }
    return leave_us;
  }

  /** Tries until a message gets through whose first is at `at_us`; 0 where it never does. `keys.fault` only where `lossy`. */
  tries(from: number, to: number, at_us: number, keys: { readonly loss: DrawKey; readonly fault: DrawKey }): number {
    const { network } = this.setup;
    if (!this.lossy) return tries(network, keys.loss, to);
    checkLossThreshold(network.lossThreshold);
    for (let k = 1; k < MOST_TRIES; k++) {
      const loser = this.loserOf(from, to, at_us + (k - 1) * this.rto_us, k, keys.fault);
      if (loser !== null && loser.lossThreshold >= ALL && loser.until_us === Infinity) return 0;
      const lost = network.lossThreshold > 0 && draw32(keys.loss, to, k) < network.lossThreshold;
      if (loser === null && !lost) return k;
    }
    return MOST_TRIES;
  }

  /** Microseconds from the first of so many tries to the last. */
  retrying_us(count: number): number {
    return count === 1 ? 0 : (count - 1) * this.rto_us;
  }

  /** The entry that loses the k-th try, if one does. */
  private loserOf(from: number, to: number, at_us: number, k: number, key: DrawKey): FaultEntry | null {
    for (let i = 0; i < this.losses.length; i++) {
      const entry = this.losses[i];
      if (isOnLink(entry, from, to) && holds(entry, at_us) && draw32(key, to, k * MOST_ENTRIES + i) < entry.lossThreshold) return entry;
    }
    return null;
  }
}

function holds({ from_us, until_us }: FaultEntry, at_us: number): boolean {
  return at_us >= from_us && at_us < until_us;
}
/** Kinds delay and loss: from the faulty nodes to those that are named, or to all. */
function isOnLink({ faulty, toward }: FaultEntry, from: number, to: number): boolean {
  return faulty[from] === 1 && (toward === null || toward[to] === 1);
}
