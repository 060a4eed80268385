// The serialising uplink as data, for the waves engine: sends are entered phase by phase, while the message engine performs
// them in order of time. Where a later decision's send is ready before an earlier one's, the queue is put in order here.
import { NeedsMessages } from '../core/contract.ts';

/** One send's place in its node's queue. A movable one's start may still change in the next decision. */
export interface Transmission {
  ready_us: number;
  start_us: number;
  end_us: number;
  /** Its time does not matter to anybody any more (a reply after the client accepted): it may be moved back. */
  movable: boolean;
}

export class Uplinks {
  /** Sends of the current and the last decision of each node, by ready time; older ones only as their last end. */
  readonly #queues: Transmission[][];
  readonly #older_us: Float64Array;
  readonly #olderReady_us: Float64Array;
  /** Transmissions to use again: one a send made the collector a fifth of a run's time. */
  readonly #free: Transmission[] = [];
  readonly #unlimited: boolean;

  constructor(nodes: number, unlimited: boolean) {
    this.#queues = Array.from({ length: nodes }, () => []);
    this.#older_us = new Float64Array(nodes);
    this.#olderReady_us = new Float64Array(nodes);
    this.#unlimited = unlimited;
  }

  /** Sends before this decision and the one before are folded into one number. Call at the start of each decision. */
  nextDecision(keep: number): void {
    if (this.#unlimited) return;
    for (let node = 0; node < this.#queues.length; node++) {
      const queue = this.#queues[node];
      while (queue.length > keep) {
        const transmission = queue.shift()!;
        const { ready_us, end_us } = transmission;
        this.#free.push(transmission);
        this.#older_us[node] = Math.max(this.#older_us[node], end_us);
        this.#olderReady_us[node] = Math.max(this.#olderReady_us[node], ready_us);
      }
    }
  }

  /** Enters a send that is ready at `ready_us` and takes `duration_us`. */
  send(node: number, ready_us: number, duration_us: number, movable = false): Transmission {
    if (this.#unlimited) return { ready_us, start_us: ready_us, end_us: ready_us, movable };
    const queue = this.#queues[node];
    if (ready_us < this.#olderReady_us[node]) throw new NeedsMessages('a send overtakes one of two decisions before');
    let at = queue.length;
    while (at > 0 && queue[at - 1].ready_us > ready_us) at -= 1;
    const start_us = Math.max(ready_us, at > 0 ? queue[at - 1].end_us : this.#older_us[node]);
    const transmission = this.#transmission(ready_us, start_us, duration_us, movable, this.#free.pop());
    queue.splice(at, 0, transmission);
    for (let end_us = start_us + duration_us, i = at + 1; i < queue.length; i++) {
      const later = queue[i];
      if (later.start_us >= end_us) break;
      if (!later.movable) throw new NeedsMessages('a send delays one of the decision before');
      later.end_us += end_us - later.start_us;
      later.start_us = end_us;
      end_us = later.end_us;
    }
    return transmission;
  }

  #transmission(ready_us: number, start_us: number, duration_us: number, movable: boolean, used: Transmission | undefined): Transmission {
    const end_us = start_us + duration_us;
    if (used === undefined) return { ready_us, start_us, end_us, movable };
    used.ready_us = ready_us;
    used.start_us = start_us;
    used.end_us = end_us;
    used.movable = movable;
    return used;
  }
}
