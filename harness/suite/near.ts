// "Did you mean": the known name nearest to one that nobody knows.

/** The nearest of the known names within a few typing errors; undefined: none is near. */
export function nearest(received: string, known: Iterable<string>): string | undefined {
  // A third of the letters may be wrong, but a short name is not every other short name.
  let most = Math.min(3, Math.max(1, Math.floor(received.length / 3)));
  let best: string | undefined;
  for (const name of known) {
    const errors = distance(received.toLowerCase(), name.toLowerCase());
    if (errors <= most && (best === undefined || errors < most)) [best, most] = [name, errors];
  }
  return best;
}

/** ` (did you mean X?)`, or nothing. */
export function didYouMean(received: unknown, known: Iterable<string>): string {
  const near = typeof received === 'string' ? nearest(received, known) : undefined;
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

/** Letters added, left out, exchanged, or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return Infinity;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2] + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
