// A set of cell ids in 20 bytes an id (open addressing at most 3/4 full), so that a plan of a million cells costs megabytes
// and 100 000 cells little more than 10 000.

/** A cell id's 48 bits as a number; -1 where the text is no cell id. */
export function idNumber(id: string): number {
  return /^c[0-9a-f]{12}$/.test(id) ? parseInt(id.slice(1), 16) : -1;
}

export class IdSet {
  /** id + 1; 0 is free. */
  #ids = new Float64Array(1024);
  #values = new Float64Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The value stored beside an id, or undefined. */
  get(id: number): number | undefined {
    const slot = this.#slot(id);
    return this.#ids[slot] === 0 ? undefined : this.#values[slot];
  }

  /** Adds an id with a value; false, changing nothing, where it is in already. */
  add(id: number, value = 0): boolean {
    let slot = this.#slot(id);
    if (this.#ids[slot] !== 0) return false;
    if ((this.#size + 1) * 4 > this.#ids.length * 3) {
      this.#grow();
      slot = this.#slot(id);
    }
    this.#ids[slot] = id + 1;
    this.#values[slot] = value;
    this.#size += 1;
    return true;
  }

  /** Adds an id, or changes the value beside one that is in. */
  set(id: number, value: number): void {
    if (!this.add(id, value)) this.#values[this.#slot(id)] = value;
  }

  /** An id that the other set lacks, or undefined. */
  firstNotIn(other: IdSet): number | undefined {
    for (const id of this.#ids) if (id !== 0 && other.get(id - 1) === undefined) return id - 1;
    return undefined;
  }

  /** Ids are hashes, so their low bits spread evenly. */
  #slot(id: number): number {
    const mask = this.#ids.length - 1;
    let slot = (id % 0x40000000) & mask;
    while (this.#ids[slot] !== 0 && this.#ids[slot] !== id + 1) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [ids, values] = [this.#ids, this.#values];
    this.#ids = new Float64Array(ids.length * 2);
    this.#values = new Float64Array(ids.length * 2);
    ids.forEach((id, index) => {
      if (id === 0) return;
      const slot = this.#slot(id - 1);
      this.#ids[slot] = id;
      this.#values[slot] = values[index]!;
    });
  }
}
