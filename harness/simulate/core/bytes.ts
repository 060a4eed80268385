// Bytes of messages and blocks in measured cells.
import { draw32, type DrawKey } from './draws.ts';

/** `length` bytes that stand for data: four a draw, little-endian. */
export function fillerBytes(key: DrawKey, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 4) {
    const word = draw32(key, at >> 2);
    for (let i = 0; i < 4 && at + i < length; i++) bytes[at + i] = word >>> (8 * i);
  }
  return bytes;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
