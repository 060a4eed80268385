// Paths of oral messages, numbered. A path is the commander and the generals that a message has passed since, each once. Among n generals
// (n-1)(n-2)...(n-k+1) paths of length k begin with one commander: a path of length k + 1 has the number of the one before it times
// n - k, plus the place of its last general among those that are not yet in it.

/** How many paths of a length begin with one commander. */
export function pathsOf(nodes: number, length: number): number {
  let count = 1;
  for (let k = 1; k < length; k++) count *= nodes - k;
  return count;
}

/** Messages of OM(m): the sum over k = 0..m of (n-1)(n-2)...(n-k-1). */
export function messagesOf(nodes: number, m: number): number {
  let sum = 0;
  for (let length = 1; length <= m + 1; length++) sum += pathsOf(nodes, length + 1);
  return sum;
}

/** The number of the path that a general makes of one of number `number` by adding itself. */
export function extended(path: readonly number[], number: number, general: number, nodes: number): number {
  let place = general;
  for (const one of path) if (one < general) place -= 1;
  return number * (nodes - path.length) + place;
}

/** Walks over paths of one commander that a general is not in. */
export class PathWalk {
  readonly path: number[] = [];
  readonly #nodes: number;
  readonly #general: number;
  readonly #isPassed: Uint8Array;

  constructor(nodes: number, commander: number, general: number) {
    this.#nodes = nodes;
    this.#general = general;
    this.#isPassed = new Uint8Array(nodes);
    this.path.push(commander);
    this.#isPassed[commander] = 1;
  }

  /** The paths that are one longer than the present one, of number `number`; while `visit` runs each is the present one. */
  each(number: number, visit: (number: number) => void): void {
    let next = number * (this.#nodes - this.path.length);
    for (let general = 0; general < this.#nodes; general++) {
      if (this.#isPassed[general] === 1) continue;
      if (general !== this.#general) {
        this.#isPassed[general] = 1;
        this.path.push(general);
        visit(next);
        this.path.pop();
        this.#isPassed[general] = 0;
      }
      next += 1;
    }
  }
}
