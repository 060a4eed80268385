// When clients submit transactions under an open load: times keyed by (client, index), so that a rate scales them and nothing else.
import { ln } from '../../../../assembly/portable/math.ts';
import { PURPOSE, drawKey, drawUnit, type DrawKey } from '../draws.ts';

export interface Arrival {
  readonly at_us: number;
  readonly client: number;
}

/**
 * Transactions of so many clients, each with an equal share of the rate, in the order of (time, client). Poisson: exponential gaps;
 * constant: equal gaps, clients out of step.
 */
export class Arrivals {
  readonly #gap_us: number;
  readonly #keys: readonly DrawKey[] | null;
  readonly #next_us: Float64Array;
  readonly #index: Float64Array;

  constructor({
    seed,
    clients,
    rate_tps,
    arrivals,
  }: {
    seed: number;
    clients: number;
    rate_tps: number;
    arrivals: 'poisson' | 'constant';
  }) {
    this.#gap_us = (clients * 1e6) / rate_tps;
    this.#keys =
      arrivals === 'poisson'
        ? Array.from({ length: clients }, (_, client) => drawKey(seed, { purpose: PURPOSE.arrival, sender: client }))
        : null;
    this.#next_us = new Float64Array(clients);
    this.#index = new Float64Array(clients);
    for (let client = 0; client < clients; client++)
      this.#next_us[client] = this.#keys === null ? (this.#gap_us * (client + 1)) / clients : this.#gap(client);
  }

  #gap(client: number): number {
    if (this.#keys === null) return this.#gap_us;
    const index = this.#index[client]++;
    return -ln(drawUnit(this.#keys[client], index)) * this.#gap_us;
  }

  /** The next one; whole microseconds. */
  next(): Arrival {
    const times = this.#next_us;
    let client = 0;
    for (let other = 1; other < times.length; other++) if (times[other] < times[client]) client = other;
    const at_us = Math.round(times[client]);
    times[client] += this.#gap(client);
    return { at_us, client };
  }
}
