// Raft message by message, as the harness runs it.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { OperationLog } from '../../harness/simulate/core/operations.ts';
import type { Mechanism } from '../../harness/simulate/messages/voting/mechanism.ts';
import { Contents } from '../parts/contents.ts';
import { FIRST_LEADER, leaderBound_tps } from '../parts/leader-log.ts';
import { missingMajority } from '../parts/majorities.ts';
import { requestsOf } from '../parts/messages.ts';
import { broken } from './invariants.ts';
import { TYPE, describe, type RaftMessage } from './messages.ts';
import { RaftNode, type Run } from './node.ts';
import type { RaftParameters } from './parameters.ts';
import { rulesOf, type Rules, type Sized } from './rules.ts';

export function raftMechanism(setup: Setup<RaftParameters>, rules = rulesOf(setup)): Mechanism<RaftNode, RaftMessage> {
  const contents = setup.collect ? new Contents(setup) : null;
  const log = new OperationLog(contents?.digestOf ?? null);
  const leaders = new Leaders(setup.faults.entries);
  const run: Run = { setup, rules, log, contents, now_us: 0, elected: ({ id }) => leaders.elected(id, run.now_us) };
  return {
    roles: [{ id: 'node', count: setup.nodes, counted: true, cores: setup.cell.node.cores, region: 'spread', faultable: true }],
    log,
    commitQuorum: rules.majority,
    counts: ['votes'],
    bound_tps: bound_tps(setup, rules),
    client: {
      types: { request: TYPE.request, reply: TYPE.reply },
      replies: 1,
      leaderOf: () => FIRST_LEADER,
      timeout_us: rules.clientTimeout_us,
      ...requestsOf(TYPE.request),
    },
    recovers: true,
    init: (context) => new RaftNode(context, run),
    step: (state, input, out) => state.step(input, out),
    hopeless: () => missingMajority(setup, setup.nodes, rules.clientTimeout_us + rules.timeoutMax_us),
    broken,
    lastly: () => ({ viewChanges: leaders.changes }),
    describe,
  };
}

/** Who leads: for what is observed, no node knows of it. */
class Leaders {
  /** Elections that brought a leader, the first one left out. */
  changes = -1;
  readonly #entries: readonly FaultEntry[];
  #leader = FIRST_LEADER;
  #since_us = 0;

  constructor(entries: readonly FaultEntry[]) {
    this.#entries = entries.filter(({ kind }) => kind === 'crash' || kind === 'silent-leader');
    // Where the first leader is down from the start nobody was elected.
    if (this.#fell_us(0) !== null) this.changes = 0;
  }

  /** When the leader went down that has not led since; null: it is not down, or has been up again. */
  #fell_us(now_us: number): number | null {
    let fell_us: number | null = null;
    for (const { faulty, from_us } of this.#entries)
      if (faulty[this.#leader] === 1 && from_us >= this.#since_us && from_us <= now_us) fell_us = Math.min(fell_us ?? from_us, from_us);
    return fell_us;
  }

  /** From the crash of the leader before to the election of this one; null: that did not crash. */
  elected(node: number, now_us: number): number | null {
    const fell_us = this.changes < 0 ? null : this.#fell_us(now_us);
    this.changes += 1;
    this.#leader = node;
    this.#since_us = now_us;
    return fell_us === null ? null : now_us - fell_us;
  }
}

/** AppendEntries with a full batch to each other node. */
export const bound_tps = (setup: Sized, { append_bytes, groupCommit }: Rules): number =>
  leaderBound_tps(setup, (setup.nodes - 1) * append_bytes, groupCommit);
