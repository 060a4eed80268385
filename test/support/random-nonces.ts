// Random nonces against the naive search: node:crypto hashes each header whole, and every hit is compared.
// test/kernels/sha-random-nonces.test.ts tries 100 000, test/long/sha-ten-million.test.ts ten million.
import { createHash, hash } from 'node:crypto';
import { expect } from 'vitest';
import type { ShaKernels } from '../../harness/model/kernels.ts';
import { hasSimd } from '../../harness/kernels/load.ts';
import { wasmSha } from '../../harness/kernels/wasm-sha.ts';

/** Nonces tried of each header. */
export const NONCES = 5000;
/** A hash in 2^9 is a hit: ten a header. */
export const BITS = 9;

const builds: [string, ShaKernels][] = [['wasm', wasmSha({ simd: false, debug: false })]];
if (hasSimd())
  for (const form of ['chain', 'tree'] as const) builds.push([`wasm-simd, ${form}`, wasmSha({ simd: true, debug: false, form })]);

const bytesOf = (seed: string, length: number): Uint8Array =>
  new Uint8Array(createHash('shake256', { outputLength: length }).update(seed).digest());

/** Little-endian, as both are. */
function atMost(digest: Uint8Array, target: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) if (digest[i] !== target[i]) return digest[i]! < target[i]!;
  return true;
}

/** Holds every build's hits against the naive search's; returns how many there were. */
export function compareHits(headers: number): number {
  let hits = 0;
  for (let at = 0; at < headers; at++) {
    const header = bytesOf(`header ${at}`, 80);
    const target = bytesOf(`target ${at}`, 32);
    new DataView(target.buffer).setUint32(28, 2 ** (32 - BITS) - 1 - (target[28]! << 8), true);
    const firstNonce = new DataView(bytesOf(`nonce ${at}`, 4).buffer).getUint32(0);

    const expected: number[] = [];
    const view = new DataView(header.buffer);
    for (let i = 0; i < NONCES; i++) {
      view.setUint32(76, (firstNonce + i) % 2 ** 32, true);
      if (atMost(hash('sha256', hash('sha256', header, 'buffer'), 'buffer'), target)) expected.push(i);
    }
    hits += expected.length;

    for (const [name, sha] of builds) {
      const found: number[] = [];
      for (let done = 0; done < NONCES;) {
        const { nonce, tried } = sha.nonceSearch({
          header,
          target,
          firstNonce: (firstNonce + done) % 2 ** 32,
          count: NONCES - done,
          rounds: 2,
        });
        done += tried;
        if (nonce !== null) found.push(done - 1);
      }
      expect(found, `${name}, header ${at}`).toEqual(expected);
    }
  }
  return hits;
}
