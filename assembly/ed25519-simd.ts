// Ed25519: keys, signatures, batch verification. SIMD build of the same source as ed25519.ts.
export {
  CAPACITY,
  COEFFICIENT,
  ITEM,
  KEY,
  LENGTH,
  MESSAGE,
  SIGNATURE,
  coefficientsAt,
  decodeItems,
  ensure,
  equation,
  expandKeys,
  init,
  itemsAt,
  layKeys,
  messagesAt,
  prepare,
  single,
} from './lib/ed25519-batch';
export { tableBytes } from './lib/ed25519-keys';
export { SECRET, SIGNED, makeKey, sign } from './lib/ed25519-sign';
