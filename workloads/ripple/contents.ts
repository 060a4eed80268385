// What the digests of Ripple's measured cells are taken of: transaction sets, results, and headers of ledgers: sequence number u32 | drops u64 |
// parent 32 bytes | transaction set 32 | accounts 32 (no state is modelled: zero) | the parent's close time u32 | close time u32 | resolution u8 |
// flags u8 = 118 bytes, as in rippled.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { Contents as BatchContents } from '../parts/contents.ts';
import { NULL_DIGEST, otherDigest } from '../parts/messages.ts';
import type { Ledgers } from './ledgers.ts';
import { LEDGER_HEADER_BYTES } from './messages.ts';

const AGREES = 1;
/** Of a ledger that nobody has built, which a liar validates. */
const NOBODYS = 0x80;

export class Contents extends BatchContents {
  readonly #ledgers: Ledgers;
  readonly #headers = new Map<number, Uint8Array>();

  constructor(setup: Pick<Setup, 'cell' | 'kernels'>, ledgers: Ledgers) {
    super(setup);
    this.#ledgers = ledgers;
  }

  /** The header of a ledger. */
  ledger(digest: number): Uint8Array {
    let header = this.#headers.get(digest);
    if (header === undefined) this.#headers.set(digest, (header = this.#headerOf(digest)));
    return header;
  }

  #headerOf(digest: number): Uint8Array {
    const header = new Uint8Array(LEDGER_HEADER_BYTES);
    const ledger = this.#ledgers.get(digest);
    if (ledger === null) {
      header.set(this.ledger(otherDigest(digest)));
      header[LEDGER_HEADER_BYTES - 1] = NOBODYS;
      return header;
    }
    const { sequence, parent, set, close_s, resolution_s, agrees } = ledger;
    const data = new DataView(header.buffer);
    data.setUint32(0, sequence);
    if (parent !== null) header.set(this.digestOf('state', parent.digest), 12);
    if (set !== NULL_DIGEST) header.set(this.digestOf('batch', set), 44);
    data.setUint32(108, parent?.close_s ?? close_s);
    data.setUint32(112, close_s);
    header[116] = resolution_s;
    header[117] = agrees ? AGREES : 0;
    return header;
  }

  protected override content(kind: string, name: number): Uint8Array {
    return kind === 'state' ? this.ledger(name) : super.content(kind, name);
  }
}
