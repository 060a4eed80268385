// A queue with one server: each transaction is a job of a fixed time on the one core of the one node.
import { OperationLog } from '../../../harness/simulate/core/operations.ts';
import type { Message } from '../../../harness/simulate/messages/protocol.ts';
import type { Batch } from '../../../harness/simulate/core/load/items.ts';
import type { Mechanism, NodeContext, Reply, Request } from '../../../harness/simulate/messages/voting/mechanism.ts';

type Note = Message & Partial<Omit<Request, keyof Message> & Omit<Reply, keyof Message>>;

export function oneServer(service_us: number): Mechanism<NodeContext<Note>, Note> {
  let executed = 0;
  return {
    log: new OperationLog(null),
    counts: [],
    commitQuorum: 1,
    bound_tps: 1e6 / service_us,
    client: {
      types: { request: 1, reply: 2 },
      replies: 1,
      leaderOf: () => 0,
      timeout_us: 1e12,
      requestBytes: (bytes) => bytes,
      request: (fields) => ({ type: 1, ...fields }),
    },
    init: (context) => context,
    step(node, input, out) {
      if (input.kind === 'submit' || input.kind === 'ready')
        for (let batch = node.pool.take(input.now_us); batch !== null; batch = node.pool.take(input.now_us))
          out.work(service_us * 1000, batch);
      if (input.kind !== 'work') return;
      const batch = input.token as Batch;
      executed += 1;
      node.holds(batch.id);
      node.decide({ sequence: executed, digest: batch.id, batch });
      node.reply(
        batch,
        { type: 2, view: 0, sequence: batch.id, bytes: 0, signer: 0, result: batch.id, decided: batch.id, valid: true },
        out,
      );
    },
  };
}
