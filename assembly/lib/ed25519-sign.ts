// Keys and signatures (RFC 8032, section 5.1), through the table of items of ed25519-batch.ts. Not in constant time: the keys
// are those of simulated nodes.
import { multiplyBase } from './ed25519-base';
import { ITEM, LENGTH, MESSAGE, items } from './ed25519-batch';
import { encode } from './ed25519-point';
import { WIDE, addProduct, reduceWide } from './ed25519-scalar';
import { sha512Final, sha512Init, sha512Update } from './sha512';

const STATE: usize = memory.data(200, 16);
const DIGEST: usize = memory.data(64, 16);
const SCALAR: usize = memory.data(48, 16);
const PRODUCT: usize = memory.data(64, 16);
const POINT: usize = memory.data(768, 16);

/** Bytes of what makeKey leaves and sign takes, at the first item: public key, scalar, prefix, 32 each. */
export const SECRET: usize = 96;
/** Bytes from the first item to where sign writes: the second one. */
export const SIGNED: usize = ITEM;

/** From the seed in the first item's first 32 bytes: the public key there, the scalar and the nonce's prefix in the next 64. */
export function makeKey(): void {
  sha512Init(STATE);
  sha512Update(STATE, items, 32);
  sha512Final(STATE, DIGEST);
  store<u8>(DIGEST, load<u8>(DIGEST) & 248);
  store<u8>(DIGEST, (load<u8>(DIGEST, 31) & 127) | 64, 31);
  memory.copy(items + 32, DIGEST, 64);
  multiplyBase(POINT, DIGEST);
  encode(items, POINT);
}

/**
 * Signs the first item's message with what makeKey left in the item's first SECRET bytes. The signature is written over the second
 * item's first 64 bytes.
 */
export function sign(): void {
  const message = load<u32>(items, MESSAGE);
  const length = load<u32>(items, LENGTH);
  const out = items + SIGNED;
  sha512Init(STATE);
  sha512Update(STATE, items + 64, 32);
  sha512Update(STATE, message, length);
  sha512Final(STATE, DIGEST);
  reduceWide(SCALAR, DIGEST); // r
  multiplyBase(POINT, SCALAR);
  encode(out, POINT);
  sha512Init(STATE);
  sha512Update(STATE, out, 32);
  sha512Update(STATE, items, 32);
  sha512Update(STATE, message, length);
  sha512Final(STATE, DIGEST);
  memory.fill(PRODUCT, 0, WIDE);
  memory.copy(PRODUCT, SCALAR, 32);
  reduceWide(SCALAR, DIGEST); // k
  addProduct(PRODUCT, items + 32, SCALAR, 8); // r + k a, below 2^509
  reduceWide(out + 32, PRODUCT);
}
