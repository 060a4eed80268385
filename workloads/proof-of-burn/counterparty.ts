// Counterparty's burn of January 2014: bitcoins sent to an address that nobody has the key of were answered with XCP, once and for all (its
// counterpartylib/lib/messages/burn.py and config.py, main net).
import type { ShaKernels } from '../../harness/model/kernels.ts';

export const BURN_START = 278_310;
export const BURN_END = 283_810;
/** Units of a bitcoin, and of XCP. */
export const UNIT = 100_000_000;
export const MOST_BY_ADDRESS = UNIT;
export const BURN_ADDRESS = '1CounterpartyXXXXXXXXXXXXXXXUWLpVr';

/** XCP for a bitcoin that is burnt in the block of this height: 1 500 at first, 1 000 at last. null: outside the period. */
export function burnMultiplier(height: number): number | null {
  if (height < BURN_START || height > BURN_END) return null;
  return 1000 + (500 * (BURN_END - height)) / (BURN_END - BURN_START);
}

/** What each address burnt, at most a bitcoin, and has earned. */
export class Burns {
  burnt = 0;
  earned = 0;
  private readonly byAddress = new Map<string, number>();

  /** Units of XCP that an address gets; what is beyond its bitcoin is burnt in vain and counts for nothing. 0 outside the period. */
  burn(address: string, satoshi: number, height: number): number {
    const before = this.byAddress.get(address) ?? 0;
    const multiplier = burnMultiplier(height);
    if (multiplier === null) return 0;
    const counted = Math.min(satoshi, MOST_BY_ADDRESS - before);
    this.byAddress.set(address, before + counted);
    const earned = Math.round(counted * multiplier);
    this.burnt += counted;
    this.earned += earned;
    return earned;
  }
}

const DIGITS = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Version and hash of a Base58Check address. @throws RangeError where it is none */
export function decodeAddress(address: string, sha256: ShaKernels['sha256']): { version: number; hash160: Uint8Array } {
  let number = 0n;
  for (const digit of address) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) throw new RangeError(`address ${address}: ${digit} is no digit of Base58`);
    number = number * 58n + BigInt(value);
  }
  const bytes = new Uint8Array(25);
  for (let i = 24; i >= 0; i--, number >>= 8n) bytes[i] = Number(number & 0xffn);
  const check = sha256(sha256(bytes.subarray(0, 21)));
  if (number !== 0n || bytes.subarray(21).some((byte, i) => byte !== check[i]))
    throw new RangeError(`address ${address}: its check sum is wrong`);
  return { version: bytes[0], hash160: bytes.slice(1, 21) };
}
