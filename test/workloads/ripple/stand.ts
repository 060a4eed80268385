// Ripple on a stand: validators of one run stepped by hand, and messages delivered where a test says.
import { LOAD_RULES } from '../../../harness/model/load.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { Outbox } from '../../../harness/simulate/messages/outbox.ts';
import type { Input } from '../../../harness/simulate/messages/protocol.ts';
import { VotingRun, type Seat } from '../../../harness/simulate/messages/voting/run.ts';
import ripple from '../../../workloads/ripple/index.ts';
import { rippleMechanism, type RippleState } from '../../../workloads/ripple/mechanism.ts';
import type { RippleMessage } from '../../../workloads/ripple/messages.ts';
import type { RippleParameters } from '../../../workloads/ripple/parameters.ts';
import { HEARTBEAT, Validator } from '../../../workloads/ripple/validator.ts';
import { makeCell, simulationKernels, type CellOptions } from '../../cells.ts';

export const rippleSetup = (options: CellOptions): Setup<RippleParameters> =>
  setupOf(makeCell(ripple, options), ripple, { kernels: simulationKernels }) as Setup<RippleParameters>;

interface Sent {
  readonly from: number;
  readonly to: number;
  readonly message: RippleMessage;
}

/** Validators 0 to n - 1 on nodes that take no time. What they send waits until it is delivered. */
export function stand(options: CellOptions) {
  // Transactions one by one, as under an open load, and none but those that the test submits.
  const setup = rippleSetup({ load: { ...LOAD_RULES, kind: 'open', rate_tps: 1, arrivals: 'constant' }, ...options });
  const run = new VotingRun<RippleState, RippleMessage>(setup as Setup, rippleMechanism(setup), {
    from_us: 0,
    until_us: Infinity,
    rate_tps: 1,
  });
  const seats = Array.from({ length: setup.nodes }, (_, id) => run.init(id) as Seat<RippleState, RippleMessage>);
  const validator = (id: number): Validator => seats[id]!.state as Validator;
  let mail: Sent[] = [];
  let now_us = 0;

  const step = (id: number, input: Input<RippleMessage>): void => {
    const out = new Outbox<RippleMessage>();
    run.step(seats[id]!, input, out);
    for (const action of out.actions) {
      if (action.kind === 'work') step(id, { kind: 'work', now_us, token: action.token });
      else if (action.kind === 'send') mail.push({ from: id, to: action.to, message: action.message });
      else if (action.kind === 'multicast')
        for (let to = 0; to < setup.nodes; to++) if (to !== id) mail.push({ from: id, to, message: action.message });
    }
  };
  seats.forEach((_, id) => step(id, { kind: 'start', now_us }));

  return {
    validator,
    /** Validators hear of a new transaction; its number. */
    submit(to: readonly number[]): number {
      const item = (run as unknown as { submit(client: number): number }).submit(0);
      for (const id of to) seats[id]!.pool.add([item], now_us);
      return item;
    },
    /** Its heartbeat at that moment; the round that it was in. */
    beat(id: number, at_ms: number) {
      now_us = at_ms * 1000;
      const { round } = validator(id);
      step(id, { kind: 'timer', now_us, id: HEARTBEAT });
      return round;
    },
    /** Delivers what has waited from some to others, and what is sent in answer as long as it is among them; the rest goes on waiting. */
    deliver(from: readonly number[], to: readonly number[], of: (message: RippleMessage) => boolean = () => true): void {
      for (;;) {
        const at = mail.findIndex((sent) => from.includes(sent.from) && to.includes(sent.to) && of(sent.message));
        if (at < 0) return;
        const [sent] = mail.splice(at, 1) as [Sent];
        step(sent.to, { kind: 'message', now_us, from: sent.from, message: sent.message });
      }
    },
    waiting: (): readonly Sent[] => mail,
    drop(which: (sent: Sent) => boolean): void {
      mail = mail.filter((sent) => !which(sent));
    },
  };
}
