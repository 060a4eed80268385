// Where the stack stands is part of what a sample measures. Kernels that spill to it wait for stores that they do not depend on
// where its low 12 address bits are those of their tables: of 512 places 30 to 70 make an Ed25519 batch of 16 take 9 to 60% longer.
// A caller's frames, and so the place, change from process to process, and in one when the engine compiles the caller anew. So
// every sample stands at a place of its own (Curtsinger, Berger, STABILIZER, ASPLOS 2013): medians are then of all places.

/** A place is 8 bytes; after 4 kB the low 12 bits come again. */
const PLACES = 512;

/** Calls `work` with the stack at a random place. */
export function atRandomDepth(work: () => void): void {
  // Arguments that nobody asked for lie on the stack as long as the call lasts.
  const padded = new Array<() => void>(1 + Math.floor(Math.random() * PLACES)).fill(work);
  Reflect.apply(run, undefined, padded);
}

function run(work: () => void): void {
  work();
}
