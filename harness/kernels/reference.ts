// The readable twins together.
import type { Kernels } from '../model/kernels.ts';
import { oneAtATime } from './border.ts';
import { referenceEd25519 } from './reference-ed25519.ts';
import { referenceQuorum } from './reference-quorum.ts';
import { referenceSha } from './reference-sha.ts';

export function referenceKernels(): Kernels {
  const alone = oneAtATime();
  return { backend: 'reference', ...referenceSha(alone), ed25519: referenceEd25519(alone), ...referenceQuorum(alone) };
}
