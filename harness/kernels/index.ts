// Every backend, for programs: what loads one only is backend.ts.
import type { Backend, Kernels } from '../model/kernels.ts';
import { checkBackend, checkDebug } from './backend.ts';
import { referenceKernels } from './reference.ts';
import { wasmKernels } from './wasm.ts';

/**
 * Fresh instances: a Kernels object owns its memories and belongs to one thread. `debug`: the WASM builds with assertions on, which a
 * checkout makes and the package does not hold.
 */
export function createKernels(backend: Backend, options: { debug?: boolean } = {}): Kernels {
  checkBackend(backend);
  const debug: unknown = options.debug ?? false;
  checkDebug(debug);
  return backend === 'reference' ? referenceKernels() : wasmKernels(backend, { debug });
}
