// Raft on a stand: a server stepped by hand, or a run that is changed before it begins.
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import type { Batch } from '../../../harness/simulate/core/load/items.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import { Outbox } from '../../../harness/simulate/messages/outbox.ts';
import type { Mechanism, NodeInput } from '../../../harness/simulate/messages/voting/mechanism.ts';
import { VotingRun, type Seat } from '../../../harness/simulate/messages/voting/run.ts';
import raft from '../../../workloads/raft/index.ts';
import { raftMechanism } from '../../../workloads/raft/mechanism.ts';
import { AppendEntries, Appended, Ballot, TYPE, type RaftMessage } from '../../../workloads/raft/messages.ts';
import type { RaftNode } from '../../../workloads/raft/node.ts';
import type { RaftParameters } from '../../../workloads/raft/parameters.ts';
import { rulesOf, type Rules } from '../../../workloads/raft/rules.ts';
import type { Entry } from '../../../workloads/parts/replicated-log.ts';
import { makeCell, simulationKernels, type CellOptions } from '../../cells.ts';

export type RaftMechanism = Mechanism<RaftNode, RaftMessage>;

export const raftSetup = (options: CellOptions): Setup<RaftParameters> =>
  setupOf(makeCell(raft, options), raft, { kernels: simulationKernels }) as Setup<RaftParameters>;

/** A run of the default load whose mechanism is changed. */
export function changedRun(options: CellOptions, change: (mechanism: RaftMechanism) => Partial<RaftMechanism>, rules: Partial<Rules> = {}) {
  const setup = raftSetup(options);
  const mechanism = raftMechanism(setup, { ...rulesOf(setup), ...rules });
  const schedule = { from_us: 0, until_us: Infinity, rate_tps: null };
  return new VotingRun<RaftNode, RaftMessage>(setup as Setup, { ...mechanism, ...change(mechanism) }, schedule);
}

/** A leader's log with entries of these terms, from index 1 on. */
export const logOf = (...terms: number[]): Entry[] => [0, ...terms].map((term) => ({ term, batch: null }));

/** A message of somebody else's; `entries` is that server's log. */
export const append = (
  from: { id: number; term: number; entries: Entry[]; committed?: number },
  before: number,
  end = from.entries.length - 1,
  beat = 0,
): AppendEntries => new AppendEntries({ ...from, log: { entries: from.entries, committed: from.committed ?? 0 } }, before, end, beat);
export const appended = (id: number, term: number, index: number, agrees = true): Appended => new Appended({ id, term }, index, agrees);
export const requestVote = (id: number, term: number, sequence: number, lastTerm: number): Ballot =>
  new Ballot(TYPE.requestVote, { id, term }, { sequence, lastTerm }, false);
export const vote = (id: number, term: number, sequence: number, lastTerm: number, granted = true): Ballot =>
  new Ballot(TYPE.vote, { id, term }, { sequence, lastTerm }, granted);

/** One server of a run that does not go on by itself: what it sends and writes is looked at, and its writes end when the test says so. */
export function server(id: number, options: CellOptions = {}) {
  const run = changedRun({ nodes: 5, ...options }, () => ({}));
  const inner = run as unknown as { submit(client: number): number; makeBatch(items: readonly number[]): Batch };
  const batches = Array.from({ length: 20 }, () => inner.makeBatch([inner.submit(0)]));
  const seat = run.init(id) as Seat<RaftNode, RaftMessage>;
  const out = new Outbox<RaftMessage>();
  let now_us = 0;
  let writes: unknown[] = [];
  /** Records whose writes have ended. */
  const disk: unknown[] = [];
  let sent: { to: number | 'all'; message: RaftMessage }[] = [];
  const timers = new Map<string, number>();
  const step = (input: NodeInput<RaftMessage>): void => {
    seat.state.step(input, out);
    for (const action of out.actions.splice(0)) {
      if (action.kind === 'send') sent.push({ to: action.to, message: action.message });
      else if (action.kind === 'multicast') sent.push({ to: 'all', message: action.message });
      else if (action.kind === 'persist') writes.push(action.token);
      else if (action.kind === 'timer') timers.set(action.id, now_us + action.delay_us);
      else if (action.kind === 'cancel') timers.delete(action.id);
    }
  };
  return {
    it: seat.state,
    seat,
    batches,
    disk,
    timers,
    at: (us: number) => (now_us = us),
    start: () => step({ kind: 'start', now_us }),
    recover: (persisted: readonly unknown[]) => step({ kind: 'recover', now_us, persisted }),
    deliver: (message: RaftMessage & { signer: number }) => step({ kind: 'message', now_us, from: message.signer, message }),
    expire: (timer: string) => step({ kind: 'timer', now_us, id: timer }),
    /** All writes that were begun end. */
    written: () => {
      const ended = writes;
      writes = [];
      for (const token of ended) {
        disk.push(token);
        step({ kind: 'persisted', now_us, token });
      }
    },
    /** What it has sent since it was asked last. */
    sent: () => {
      const all = sent;
      sent = [];
      return all;
    },
  };
}
export type Server = ReturnType<typeof server>;

/** Lets its election timer expire, and gives it so many votes: then it leads the next term. */
export function elect(one: Server, voters: readonly number[]): void {
  const { it } = one;
  one.at(10_000_000);
  one.expire('election');
  one.written();
  for (const voter of voters) one.deliver(vote(voter, it.term, it.log.last, it.log.termAt(it.log.last)));
}
