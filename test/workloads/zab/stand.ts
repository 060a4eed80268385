// A server of Zab stepped by hand: what it sends and writes is looked at, and its writes end when the test says so.
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import type { Batch } from '../../../harness/simulate/core/load/items.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import { Outbox } from '../../../harness/simulate/messages/outbox.ts';
import type { NodeInput } from '../../../harness/simulate/messages/voting/mechanism.ts';
import { VotingRun, type Seat } from '../../../harness/simulate/messages/voting/run.ts';
import zab from '../../../workloads/zab/index.ts';
import { zabMechanism } from '../../../workloads/zab/mechanism.ts';
import type { ZabMessage } from '../../../workloads/zab/messages.ts';
import type { ZabNode } from '../../../workloads/zab/node.ts';
import type { ZabParameters } from '../../../workloads/zab/parameters.ts';
import { counterOf, epochOf } from '../../../workloads/zab/zxid.ts';
import { makeCell, simulationKernels, type CellOptions } from '../../cells.ts';

export const zabSetup = (options: CellOptions): Setup<ZabParameters> =>
  setupOf(makeCell(zab, options), zab, { kernels: simulationKernels }) as Setup<ZabParameters>;

/** Servers whose messages are delivered, and whose writes end, when the test says so. */
export function servers(options: CellOptions) {
  const setup = zabSetup(options);
  const schedule = { from_us: 0, until_us: Infinity, rate_tps: null };
  const run = new VotingRun<ZabNode, ZabMessage>(setup as Setup, zabMechanism(setup), schedule);
  const inner = run as unknown as { submit(client: number): number; makeBatch(items: readonly number[]): Batch };
  let now_us = 0;
  const make = (id: number) => {
    let seat = run.init(id) as Seat<ZabNode, ZabMessage>;
    const out = new Outbox<ZabMessage>();
    let writes: unknown[] = [];
    const disk: unknown[] = [];
    let sent: { to: number; message: ZabMessage }[] = [];
    const step = (input: NodeInput<ZabMessage>): void => {
      seat.state.step(input, out);
      for (const action of out.actions.splice(0)) {
        if (action.kind === 'send') sent.push({ to: action.to, message: action.message });
        else if (action.kind === 'multicast')
          for (let to = 0; to < setup.nodes; to++) if (to !== id) sent.push({ to, message: action.message });
        if (action.kind === 'persist') writes.push(action.token);
      }
    };
    return {
      get it() {
        return seat.state;
      },
      get history() {
        const { log } = seat.state;
        return Array.from({ length: log.last }, (_, i) => {
          const { zxid, batch } = log.entries[i + 1]!;
          return `${epochOf(zxid)}:${counterOf(zxid)} ${batch?.id}`;
        });
      },
      start: () => step({ kind: 'start', now_us }),
      deliver: (message: ZabMessage) => step({ kind: 'message', now_us, from: message.signer, message }),
      expire: (timer: string) => step({ kind: 'timer', now_us, id: timer }),
      /** A client wants something. */
      want: () => {
        const item = inner.submit(0);
        seat.pool.add([item], now_us);
        step({ kind: 'ready', now_us });
      },
      /** All writes that were begun end. */
      written: () => {
        const ended = writes;
        writes = [];
        for (const token of ended) {
          disk.push(token);
          step({ kind: 'persisted', now_us, token });
        }
      },
      crash: () => {
        writes = [];
        sent = [];
        seat = run.init(id) as Seat<ZabNode, ZabMessage>;
      },
      recover: () => step({ kind: 'recover', now_us, persisted: disk }),
      /** What it has sent since it was asked last. */
      sent: () => {
        const all = sent;
        sent = [];
        return all;
      },
    };
  };
  const all = Array.from({ length: setup.nodes }, (_, id) => make(id));
  return {
    all,
    pass: (us: number) => (now_us += us),
    /** Lets messages go between these servers and their writes end until nothing is left to be done; what goes to others is lost. */
    settle: (who: readonly number[]) => {
      for (let isBusy = true; isBusy;) {
        isBusy = false;
        for (const id of who) {
          all[id]!.written();
          for (const { to, message } of all[id]!.sent()) {
            if (!who.includes(to)) continue;
            all[to]!.deliver(message);
            isBusy = true;
          }
        }
      }
    },
  };
}
