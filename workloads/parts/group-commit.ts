// Group commit: records that come while a write to the disk is under way go together into the next one, as ZooKeeper's
// SyncRequestProcessor and etcd's write-ahead log do it. Without it each record is a write of its own (`out.persist`).
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { Message } from '../../harness/simulate/messages/protocol.ts';

export class GroupCommit<R> {
  #busy = false;
  #waiting: R[] = [];
  #waiting_bytes = 0;

  write<M extends Message>(record: R, bytes: number, out: Outbox<M>): void {
    this.#waiting.push(record);
    this.#waiting_bytes += bytes;
    if (!this.#busy) this.#begin(out);
  }

  #begin<M extends Message>(out: Outbox<M>): void {
    const records = this.#waiting;
    out.persist(records, this.#waiting_bytes, records);
    this.#busy = true;
    this.#waiting = [];
    this.#waiting_bytes = 0;
  }

  /** A write has ended: begins the next one, and returns its records in order. */
  ended<M extends Message>(token: unknown, out: Outbox<M>): readonly R[] {
    this.#busy = false;
    if (this.#waiting.length > 0) this.#begin(out);
    return token as readonly R[];
  }
}
