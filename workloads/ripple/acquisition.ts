// Sets and ledgers that a validator knows by their hashes alone: whom it asks for them, and what it answers (rippled, InboundLedgers and
// InboundTransactions). Hashes prove what comes, so one answer is enough.
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import { HEADER_BYTES, NULL_DIGEST, REQUEST_HEADER_BYTES, SignedMessage } from '../parts/messages.ts';
import { ancestorAt, isInChain, type Ledger } from './ledgers.ts';
import { Fetch, LEDGER_HEADER_BYTES, TYPE, type RippleMessage, type Validation } from './messages.ts';

/** What a ledger's fetch waits for an answer before another one is asked (InboundLedger.cpp). */
const LEDGER_AGAIN_US = 3_000_000;
const HASH_BYTES = 32;

export interface AcquisitionHost {
  /** null: this validator does not know it. */
  ledger(digest: number): Ledger | null;
  batchOf(set: number): Batch | null;
  readonly genesis: Ledger;
  readonly heartbeat_us: number;
}

interface Unknown {
  readonly since_us: number;
  asked_us: number;
}

export class Acquisition {
  /** Sets that it has. */
  readonly sets = new Set<number>([NULL_DIGEST]);
  readonly #id: number;
  readonly #host: AcquisitionHost;
  readonly #asked_us = new Map<number, number>();
  readonly #unknown = new Map<number, Unknown>();

  constructor(id: number, host: AcquisitionHost) {
    this.#id = id;
    this.#host = host;
  }

  /** It lacks the set, and has asked nobody for it for a heartbeat. */
  isDue(set: number, now_us: number): boolean {
    if (this.sets.has(set) || now_us < (this.#asked_us.get(set) ?? -Infinity) + this.#host.heartbeat_us) return false;
    this.#asked_us.set(set, now_us);
    return true;
  }
  fetchSet(set: number, own: number, previous: Ledger): RippleMessage {
    return new Fetch({ type: TYPE.fetchSet, sequence: previous.sequence + 1, signer: this.#id, digest: set, has: own });
  }

  /**
   * Of these validations of ledgers that it does not know those whose signers it asks now. The `next` ledger it may be about to build itself, so
   * it waits for a heartbeat; and an answer has its time.
   */
  dueLedgers(unknown: readonly Validation[], { next, now_us }: { next: number; now_us: number }): Validation[] {
    const seen = new Set(unknown.map(({ digest }) => digest));
    for (const digest of this.#unknown.keys()) if (!seen.has(digest)) this.#unknown.delete(digest);
    return unknown.filter(({ digest, sequence }) => {
      let one = this.#unknown.get(digest);
      if (one === undefined) this.#unknown.set(digest, (one = { since_us: now_us, asked_us: -Infinity }));
      const wait_us = sequence === next ? this.#host.heartbeat_us : 0;
      if (now_us < one.since_us + wait_us || now_us < one.asked_us + LEDGER_AGAIN_US) return false;
      one.asked_us = now_us;
      return true;
    });
  }
  fetchLedger(digest: number, validated: Ledger): RippleMessage {
    return new Fetch({ type: TYPE.fetchLedger, sequence: validated.sequence + 1, signer: this.#id, digest, has: validated.digest });
  }

  /** It has asked for this, and does not have it yet. */
  awaitsSet(set: number): boolean {
    return this.#asked_us.has(set) && !this.sets.has(set);
  }
  awaitsLedger(digest: number): boolean {
    return this.#unknown.has(digest);
  }

  /** null: it does not have it either. */
  answer({ type, sequence, digest, has }: RippleMessage): RippleMessage | null {
    const bytes = type === TYPE.fetchSet ? this.#set_bytes(digest, has!) : this.#ledgers_bytes(digest, has!);
    if (bytes === null) return null;
    const answers = type === TYPE.fetchSet ? TYPE.set : TYPE.ledgers;
    return new SignedMessage({ type: answers, view: 0, sequence, signer: this.#id, digest, bytes: HEADER_BYTES + bytes });
  }

  #set_bytes(set: number, own: number): number | null {
    if (!this.sets.has(set)) return null;
    const batch = this.#host.batchOf(set);
    if (batch === null) return 0;
    const others = new Set(this.#host.batchOf(own)?.items);
    const item_bytes = batch.bytes / batch.items.length;
    const fresh = batch.items.filter((item) => !others.has(item)).length;
    // Of the asker's set the transactions that are not in it: their hashes.
    const without = others.size - (batch.items.length - fresh);
    return fresh * (item_bytes + HASH_BYTES) + without * HASH_BYTES;
  }

  #ledgers_bytes(digest: number, has: number): number | null {
    const tip = this.#host.ledger(digest);
    if (tip === null) return null;
    const theirs = this.#host.ledger(has);
    const from = theirs !== null && isInChain(theirs, tip) ? theirs.sequence : 0;
    let bytes = 0;
    for (let sequence = from + 1; sequence <= tip.sequence; sequence++) {
      const batch = this.#host.batchOf(ancestorAt(tip, sequence).set);
      bytes += LEDGER_HEADER_BYTES + REQUEST_HEADER_BYTES + (batch?.bytes ?? 0);
    }
    return bytes;
  }
}
