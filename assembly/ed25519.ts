// Ed25519: keys, signatures, batch verification. Scalar build; ed25519-simd.ts is the same source with both lanes in one register.
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
