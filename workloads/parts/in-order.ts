// Pieces of work that end in any order, on several cores, and are gone on with in the order in which they were begun.
import type { Outbox } from '../../harness/simulate/messages/outbox.ts';
import type { Message } from '../../harness/simulate/messages/protocol.ts';

interface Piece {
  readonly then: (out: Outbox<Message>) => void;
  done: boolean;
}

export class InOrder<M extends Message> {
  readonly #pieces: Piece[] = [];

  get isIdle(): boolean {
    return this.#pieces.length === 0;
  }

  /** Goes on at once where it costs nothing and nothing is before it. */
  begin(cost_ns: number, out: Outbox<M>, then: (out: Outbox<M>) => void): void {
    if (cost_ns === 0 && this.isIdle) {
      then(out);
      return;
    }
    const piece: Piece = { then: then as Piece['then'], done: false };
    this.#pieces.push(piece);
    out.work(cost_ns, piece);
  }

  ended(token: unknown, out: Outbox<M>): void {
    (token as Piece).done = true;
    while (this.#pieces.length > 0 && this.#pieces[0].done) this.#pieces.shift()!.then(out);
  }
}
