// Liveness: the asked decisions were reached before the simulated horizon.
import type { Verdict } from './types.ts';

export function livenessVerdict(reached: number, asked: number): Verdict {
  return reached >= asked ? 'ok' : 'violated';
}
