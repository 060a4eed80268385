// What holds of correct replicas at any moment.
import { Replica } from './replica.ts';
import { SEQUENCES } from './state.ts';
import type { PbftState } from './mechanism.ts';

/** The invariant of sections 4.2 to 4.4 that does not hold of these replicas; '' where all do. */
export function broken(states: readonly PbftState[]): string {
  const prepared = new Map<number, number>();
  const executed = new Map<number, number>();
  for (const state of states) {
    if (!(state instanceof Replica)) continue;
    for (const [key, slot] of state.slots) {
      const sequence = key % SEQUENCES;
      const high = state.stable + state.rules.window;
      if (sequence <= state.stable || sequence > high)
        return `replica ${state.id} logs sequence number ${sequence} outside its watermarks ${state.stable} and ${high}`;
      const view = Math.floor(key / SEQUENCES);
      if (slot.prePrepare !== null && slot.prePrepare.signer !== view % state.rules.nodes)
        return `replica ${state.id} has accepted a PRE-PREPARE of ${slot.prePrepare.signer}, which is not the primary of view ${view}`;
      if (slot.prepared !== 'yes') continue;
      const { digest } = slot.prePrepare!;
      if ((prepared.get(key) ?? digest) !== digest) return `two digests are prepared at sequence number ${sequence} in one view`;
      prepared.set(key, digest);
    }
    for (const [sequence, digest] of state.executed) {
      if ((executed.get(sequence) ?? digest) !== digest) return `two digests are executed at sequence number ${sequence}`;
      executed.set(sequence, digest);
    }
    if (state.lastExecuted < state.stable) return `replica ${state.id} has a stable checkpoint beyond what it has executed`;
  }
  return '';
}
