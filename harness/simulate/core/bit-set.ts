// Sets of nodes.
/** A set of small integers from 0 on, one bit each. */
export class BitSet {
  /** Those below 32: most sets have no others. */
  #low = 0;
  #words: Int32Array | null = null;

  has(member: number): boolean {
    if (member < 32) return ((this.#low >>> member) & 1) === 1;
    const words = this.#words;
    return words !== null && member >> 5 < words.length && ((words[member >> 5] >>> (member & 31)) & 1) === 1;
  }
  static of(members: Iterable<number>): BitSet {
    const set = new BitSet();
    for (const member of members) set.add(member);
    return set;
  }
  add(member: number): void {
    if (member < 32) this.#low |= 1 << member;
    else this.#wordsFor(member)[member >> 5] |= 1 << (member & 31);
  }
  delete(member: number): void {
    if (member < 32) this.#low &= ~(1 << member);
    else this.#wordsFor(member)[member >> 5] &= ~(1 << (member & 31));
  }
  #wordsFor(member: number): Int32Array {
    const old = this.#words;
    if (old !== null && member >> 5 < old.length) return old;
    const words = new Int32Array(Math.max(4, 2 * (member >> 5)));
    if (old !== null) words.set(old);
    return (this.#words = words);
  }
}
