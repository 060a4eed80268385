// Ed25519: keys, signatures, batch verification. Scalar build; ed25519-simd.ts is the same source with both lanes in one register.
export { CAPACITY, ensure, equation, init, itemsAt, makeKey, messagesAt, prepare, sign, single } from './lib/ed25519-batch';
