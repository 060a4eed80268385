// Ed25519: keys, signatures, batch verification. SIMD build of the same source as ed25519.ts.
export { CAPACITY, ensure, equation, init, itemsAt, makeKey, messagesAt, prepare, sign, single } from './lib/ed25519-batch';
