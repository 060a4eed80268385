// The clock that measurements read.

/** The smallest step that the clock makes between two readings, seconds: what a sample must be long against. */
export function clockStep_s(read_ns: () => bigint = () => process.hrtime.bigint()): number {
  let smallest = Infinity;
  let before = read_ns();
  for (let i = 0; i < 1000; i++) {
    const now = read_ns();
    if (now > before) smallest = Math.min(smallest, Number(now - before));
    before = now;
  }
  return smallest / 1e9;
}
