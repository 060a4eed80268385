// One node of a voting mechanism, stepped by hand: its work takes no time.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { Batch } from '../../harness/simulate/core/load/items.ts';
import { Outbox, type Input } from '../../harness/simulate/messages/engine.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { VotingRun, type Seat } from '../../harness/simulate/messages/voting/run.ts';
import type { SignedMessage } from '../../workloads/parts/messages.ts';

/** `clock`: what the node is told of the time. */
export function steps<S, M extends SignedMessage>(run: VotingRun<S, M>, seat: Seat<S, M>, clock = { now_us: 0 }) {
  const out = new Outbox<M>();
  const step = (input: Input<M>): void => {
    run.step(seat, input, out);
    for (let i = 0; i < out.actions.length; i++) {
      const action = out.actions[i]!;
      if (action.kind !== 'work') continue;
      out.actions.splice(i--, 1);
      run.step(seat, { kind: 'work', now_us: clock.now_us, token: action.token }, out);
    }
  };
  const deliver = (message: M, from = message.signer): void => step({ kind: 'message', now_us: clock.now_us, from, message });
  return { out, step, deliver };
}

/** A node of a run of its own, in which clients have submitted so many batches. */
export function nodeOf<P, S, M extends SignedMessage>(setup: Setup<P>, mechanism: Mechanism<S, M>, id: number, batches: number) {
  const run = new VotingRun<S, M>(setup as unknown as Setup, mechanism, { from_us: 0, until_us: Infinity, rate_tps: null });
  const inner = run as unknown as { submit(client: number): number; makeBatch(items: readonly number[]): Batch };
  for (let batch = 1; batch <= batches; batch++) inner.makeBatch([inner.submit(0)]);
  const seat = run.init(id) as Seat<S, M>;
  const clock = { now_us: 0 };
  const { out, ...rest } = steps(run, seat, clock);
  return {
    state: seat.state,
    clock,
    out,
    ...rest,
    timers: (): [string, number][] => out.actions.flatMap((action) => (action.kind === 'timer' ? [[action.id, action.delay_us]] : [])),
  };
}
