// A relay network message by message: the participants, one a region, that pass on what nodes make (docs/chains.md). They hold nothing.
import { PURPOSE, drawKey } from '../core/draws.ts';
import { regionOf, tries } from '../core/network.ts';
import type { Setup } from '../core/contract.ts';
import type { Message, Outbox } from '../messages/engine.ts';
import { firstRelay } from './rules.ts';

export class RelayNetwork<M extends Message> {
  /** What goes to relays and out of them, of what is counted. */
  messages = 0;
  bytes = 0;
  /** Relays have the numbers from `first` to the one before `end`, in the order of their regions. */
  readonly first: number;
  readonly end: number;
  private readonly setup: Pick<Setup, 'network' | 'cell'>;
  private readonly nodes: number;
  private readonly counts: (message: M) => boolean;

  constructor(setup: Pick<Setup, 'network' | 'cell'>, nodes: number, counts: (message: M) => boolean) {
    this.setup = setup;
    this.nodes = nodes;
    this.counts = counts;
    this.first = firstRelay(nodes, setup.network);
    this.end = this.first + setup.network.regions;
  }

  /** That of the node's region. */
  of(node: number): number {
    return this.first + regionOf(this.setup.network, node);
  }

  /** What came to a relay: to all of its region but who sent it, and before that, where it comes out of its region, to the other relays. */
  passOn(relay: number, from: number, message: M, out: Outbox<M>): void {
    if (from < this.nodes)
      for (let other = this.first; other < this.end; other++) if (other !== relay) this.send(relay, other, message, out);
    for (let node = 0; node < this.nodes; node++) if (node !== from && this.of(node) === relay) this.send(relay, node, message, out);
  }

  /** To a relay, or from one: at the whole uplink. */
  send(from: number, to: number, message: M, out: Outbox<M>): void {
    const { type, view, sequence, bytes } = message;
    out.send(to, message, { connections: 1 });
    if (!this.counts(message)) return;
    const { network, cell } = this.setup;
    const count = tries(network, drawKey(cell.seed, { purpose: PURPOSE.loss, type, view, sequence, sender: from }), to);
    this.messages += count;
    this.bytes += count * bytes;
  }
}
