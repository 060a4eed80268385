// Items by time, for floods.
import { grown } from '../core/grown.ts';
import { EngineLimit } from '../core/contract.ts';

/** A binary heap of (time, item), packed into one exact double each. */
export class TimeHeap {
  size = 0;
  time_us = 0;
  item = 0;
  private base_us = 0;
  private keys = new Float64Array(64);
  private readonly items: number;
  private readonly limit_us: number;

  constructor(items: number) {
    let bits = 1;
    while (1 << bits < items) bits += 1;
    this.items = 1 << bits;
    this.limit_us = Number.MAX_SAFE_INTEGER / this.items - 1;
  }

  /** The earliest time of an item; of no meaning where there is none. */
  get least_us(): number {
    return this.base_us + Math.floor(this.keys[0] / this.items);
  }

  clear(base_us: number): void {
    this.size = 0;
    this.base_us = base_us;
  }

  push(time_us: number, item: number): void {
    const offset_us = time_us - this.base_us;
    // Also of a time that is no number: the packed key would sort it anywhere.
    if (!(offset_us >= 0 && offset_us <= this.limit_us))
      throw new EngineLimit(`a block takes more than ${Math.floor(this.limit_us / 1e6)} s to spread`);
    if (this.size === this.keys.length) this.keys = grown(this.keys);
    const { keys } = this;
    const key = offset_us * this.items + item;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent] <= key) break;
      keys[at] = keys[parent]!;
      at = parent;
    }
    keys[at] = key;
  }

  /** Removes the earliest; sets `time_us` and `item`. */
  pop(): void {
    const { keys } = this;
    const top = keys[0];
    const size = --this.size;
    const last = keys[size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && keys[child + 1] < keys[child]) child += 1;
      if (keys[child] >= last) break;
      keys[at] = keys[child]!;
      at = child;
    }
    keys[at] = last;
    const offset_us = Math.floor(top / this.items);
    this.time_us = this.base_us + offset_us;
    this.item = top - offset_us * this.items;
  }
}
