// Raft against the sentences of Ongaro and Ousterhout, USENIX ATC 2014, and the counts that follow from them.
import { describe, expect, test } from 'vitest';
import type { TraceLine } from '../../../harness/model/outcome.ts';
import { electionTimeout_us, rulesOf } from '../../../workloads/raft/rules.ts';
import raft from '../../../workloads/raft/index.ts';
import { AppendEntries } from '../../../workloads/raft/messages.ts';
import { FREE, SERVER, WAN, fixed, simulate, type CellOptions } from '../../cells.ts';
import { append, appended, elect, logOf, raftSetup, requestVote, server, vote, type Server } from './stand.ts';
import { transcriptOf } from '../../support/transcript.ts';

/** A follower with a log of its own, all on its disk, in a term. */
function follower(id: number, term: number, ...terms: number[]): Server {
  const one = server(id);
  one.recover([{ term, votedFor: -1, log: logOf(...terms), end: terms.length }]);
  return one;
}
const answers = (one: Server) => one.sent().map(({ to, message }) => ({ to, ...message }));
const termsOf = ({ it: { log } }: Server) => Array.from({ length: log.last }, (_, i) => log.entries[i + 1]!.term);

describe('Figure 2, AppendEntries', () => {
  test('1. Reply false if term < currentTerm: the leader of that term is told the later one', () => {
    const one = follower(1, 3, 1);
    one.deliver(append({ id: 0, term: 2, entries: logOf(1, 2) }, 1));
    expect(answers(one)).toMatchObject([{ to: 0, agrees: false, view: 3 }]);
    expect(termsOf(one)).toEqual([1]);
  });

  test('2. Reply false if the log does not contain an entry at prevLogIndex whose term matches prevLogTerm', () => {
    const one = follower(1, 3, 1, 1, 2);
    one.deliver(append({ id: 0, term: 3, entries: logOf(1, 1, 1, 3) }, 3));
    one.written();
    // Not the entry alone: whatever is of its term.
    expect(answers(one)).toMatchObject([{ to: 0, agrees: false, index: 2 }]);
    expect(termsOf(one)).toEqual([1, 1, 2]);
    const short = follower(1, 3, 1);
    short.deliver(append({ id: 0, term: 3, entries: logOf(1, 1, 1, 3) }, 3));
    short.written();
    expect(answers(short)).toMatchObject([{ agrees: false, index: 1 }]);
  });

  test('3. If an existing entry conflicts with a new one, delete it and all that follow it; 4. append any new entries', () => {
    const one = follower(1, 4, 1, 1, 2, 2, 2);
    one.deliver(append({ id: 0, term: 4, entries: logOf(1, 1, 3, 4) }, 1));
    expect(termsOf(one)).toEqual([1, 1, 3, 4]);
    expect(one.it.log.saved).toBe(2);
    one.written();
    expect(one.it.log.saved).toBe(4);
    expect(answers(one)).toMatchObject([{ agrees: true, index: 4 }]);
  });

  test('entries that it has are not taken back by a message that comes late, nor what follows them', () => {
    const leader = { id: 0, term: 3, entries: logOf(1, 2, 3) };
    const one = follower(1, 3, 1);
    one.deliver(append(leader, 1));
    one.deliver(append(leader, 0, 2));
    expect(termsOf(one)).toEqual([1, 2, 3]);
    // The same of another leader's list: equal entries are no conflict.
    const other = follower(1, 3, 1, 2, 2, 2);
    other.deliver(append({ id: 0, term: 4, entries: logOf(1, 2, 2) }, 1));
    expect(termsOf(other)).toEqual([1, 2, 2, 2]);
  });

  test('5. commitIndex = min(leaderCommit, index of last new entry): what follows is not known to be the leader’s', () => {
    const one = follower(1, 3, 1, 1, 2, 2);
    one.deliver(append({ id: 0, term: 3, entries: logOf(1, 1, 3, 3, 3), committed: 5 }, 1, 2));
    expect(one.it.log.committed).toBe(2);
    one.deliver(append({ id: 0, term: 3, entries: logOf(1, 1, 3, 3, 3), committed: 5 }, 2));
    expect(one.it.log.committed).toBe(5);
  });

  test('updated on stable storage before responding: an entry is answered when its write has ended', () => {
    const one = follower(1, 1);
    one.deliver(append({ id: 0, term: 1, entries: logOf(1) }, 0));
    expect(one.sent()).toEqual([]);
    one.written();
    expect(answers(one)).toMatchObject([{ agrees: true, index: 1 }]);
  });

  test('a heartbeat that brings a new term is answered when the term is on the disk', () => {
    const one = follower(1, 1, 1);
    one.deliver(append({ id: 0, term: 2, entries: logOf(1) }, 1, 1, 1));
    expect(one.sent()).toEqual([]);
    one.written();
    expect(answers(one)).toMatchObject([{ agrees: true, index: 1, view: 2 }]);
    one.deliver(append({ id: 0, term: 2, entries: logOf(1) }, 1, 1, 2));
    expect(answers(one)).toMatchObject([{ agrees: true, sequence: 2 }]);
  });

  test('an entry that has overtaken another waits for it, and both are answered', () => {
    const one = server(1);
    one.start();
    const leader = { id: 0, term: 1, entries: logOf(1, 1, 1) };
    one.deliver(append(leader, 2));
    one.deliver(append(leader, 1, 2));
    expect(one.it.log.last).toBe(0);
    one.deliver(append(leader, 0, 1));
    one.written();
    expect(answers(one).map((message) => (message as { index?: number }).index)).toEqual([1, 2, 3]);
  });
});

describe('Figure 2, RequestVote', () => {
  test('1. Reply false if term < currentTerm', () => {
    const one = follower(1, 3, 1);
    one.deliver(requestVote(2, 2, 9, 2));
    expect(answers(one)).toMatchObject([{ to: 2, granted: false, view: 3 }]);
  });

  test('2. one vote a term, first come first served; the same candidate is told again', () => {
    const one = follower(1, 1, 1);
    one.deliver(requestVote(2, 2, 1, 1));
    one.deliver(requestVote(3, 2, 1, 1));
    one.deliver(requestVote(2, 2, 1, 1));
    one.written();
    expect(answers(one).map((answer) => [answer.to, (answer as { granted?: boolean }).granted])).toEqual([
      [2, true],
      [3, false],
      [2, true],
    ]);
  });

  test('a vote is on the disk before it is given, and is still given after a crash', () => {
    const one = follower(1, 1, 1);
    one.deliver(requestVote(2, 2, 1, 1));
    expect(one.sent()).toEqual([]);
    one.written();
    expect(answers(one)).toMatchObject([{ granted: true }]);
    const again = server(1);
    again.recover(one.disk);
    again.deliver(requestVote(3, 2, 1, 1));
    expect(answers(again)).toMatchObject([{ to: 3, granted: false }]);
  });

  test.each([
    ['a later last term wins, however short', [1, 1, 1], [1, 2], true],
    ['an earlier last term loses, however long', [1, 2], [1, 1, 1, 1], false],
    ['of one last term the longer log wins', [1, 2], [1, 2, 2], true],
    ['and the shorter loses', [1, 2, 2], [1, 2], false],
    ['the same log is up to date', [1, 2], [1, 2], true],
  ])('section 5.4.1: %s', (_, own, its, granted) => {
    const one = follower(1, 2, ...own);
    one.deliver(requestVote(2, 3, its.length, its.at(-1)!));
    one.written();
    expect(answers(one)).toMatchObject([{ granted }]);
  });
});

describe('Figure 2, rules for servers', () => {
  test('on conversion to candidate: increment currentTerm, vote for self, reset the timer, ask all others', () => {
    const one = follower(1, 1, 1);
    const before_us = one.timers.get('election')!;
    one.at(before_us);
    one.expire('election');
    expect(one.it).toMatchObject({ role: 'candidate', term: 2, votedFor: 1 });
    expect(one.timers.get('election')).toBeGreaterThan(before_us);
    expect(answers(one)).toMatchObject([{ to: 'all', type: 5, view: 2, sequence: 1, lastTerm: 1 }]);
  });

  test('its timer is reset by its leader and by a vote that it gives, and by nothing else', () => {
    const one = follower(1, 1, 1);
    const first_us = one.timers.get('election')!;
    one.at(first_us - 1);
    one.deliver(requestVote(2, 1, 0, 0));
    one.deliver(append({ id: 0, term: 0, entries: logOf() }, 0));
    one.at(first_us);
    one.expire('election');
    expect(one.it.role).toBe('candidate');
    for (const message of [append({ id: 0, term: 1, entries: logOf(1) }, 1, 1, 1), requestVote(2, 2, 1, 1)]) {
      const other = follower(1, 1, 1);
      other.at(first_us - 1);
      other.deliver(message);
      other.at(first_us);
      other.expire('election');
      expect(other.it.role).toBe('follower');
    }
  });

  test('votes from a majority make a leader; its own counts when it is on its disk, and without it there is none', () => {
    const one = follower(1, 1, 1);
    one.at(10_000_000);
    one.expire('election');
    for (const voter of [2, 3, 4]) one.deliver(vote(voter, 2, 1, 1));
    expect(one.it.role).toBe('candidate');
    one.written();
    expect(one.it.role).toBe('leader');
    const two = follower(1, 1, 1);
    elect(two, [2]);
    two.deliver(vote(2, 2, 1, 1));
    two.deliver(vote(3, 2, 1, 1, false));
    expect(two.it.role).toBe('candidate');
    two.deliver(vote(4, 2, 1, 1));
    expect(two.it.role).toBe('leader');
  });

  test('a vote for a longer log than it has, which it lost in a crash, does not count', () => {
    const one = follower(1, 1, 1);
    elect(one, []);
    for (const voter of [2, 3, 4]) one.deliver(vote(voter, 2, 2, 1));
    expect(one.it.role).toBe('candidate');
  });

  test('a leader that begins its term says so at once, with an entry of its own (section 8), and heartbeats when it is idle', () => {
    const one = follower(1, 1, 1);
    elect(one, [2, 3]);
    const [message] = one.sent().flatMap(({ message: it }) => (it instanceof AppendEntries ? [it] : []));
    expect(message).toMatchObject({ view: 2, before: 1, end: 2, sequence: 2 });
    expect(message!.log[2]).toEqual({ term: 2, batch: null });
    const due_us = one.timers.get('heartbeat')!;
    one.at(due_us);
    one.expire('heartbeat');
    expect(one.sent()).toMatchObject([{ to: 'all', message: { type: 7, before: 2, end: 2 } }]);
  });

  test('a candidate that hears of a leader of its term follows it', () => {
    const one = follower(1, 1, 1);
    elect(one, []);
    one.deliver(append({ id: 2, term: 2, entries: logOf(1, 2) }, 1));
    expect(one.it).toMatchObject({ role: 'follower', term: 2 });
    // It has voted, for itself.
    one.written();
    one.sent();
    one.deliver(requestVote(3, 2, 9, 2));
    expect(answers(one)).toMatchObject([{ to: 3, granted: false }]);
  });

  test.each([
    ['request', append({ id: 2, term: 5, entries: logOf(1) }, 1, 1, 1)],
    ['request for a vote', requestVote(3, 5, 0, 0)],
    ['answer', appended(3, 5, 0, false)],
  ])('a leader that sees a later term in a %s leads no more', (_, message) => {
    const one = follower(1, 1, 1);
    elect(one, [2, 3]);
    one.deliver(message);
    expect(one.it).toMatchObject({ role: 'follower', term: 5 });
    expect(one.timers.has('heartbeat')).toBe(false);
  });

  test('If AppendEntries fails because of log inconsistency: decrement nextIndex and retry, term by term', () => {
    const one = follower(1, 3, 1, 1, 3, 3);
    elect(one, [2, 3]);
    one.sent();
    one.deliver(appended(4, 4, 2, false));
    expect(one.sent()).toMatchObject([{ to: 4, message: { before: 2, end: 5 } }]);
    one.deliver(appended(4, 4, 0, false));
    expect(one.sent()).toMatchObject([{ to: 4, message: { before: 0, end: 5 } }]);
    // What has long been answered otherwise is old.
    one.deliver(appended(4, 4, 5));
    one.deliver(appended(4, 4, 2, false));
    expect(one.sent()).toEqual([]);
  });

  test('who lacks much gets it in pieces, the next one when the last is on its disk', () => {
    const one = follower(1, 1, ...new Array<number>(150).fill(1));
    elect(one, [2, 3]);
    one.sent();
    one.deliver(appended(4, 2, 0, false));
    expect(one.sent()).toMatchObject([{ to: 4, message: { before: 0, end: 64 } }]);
    one.deliver(appended(4, 2, 64));
    expect(one.sent()).toMatchObject([{ message: { before: 64, end: 128 } }]);
    one.deliver(appended(4, 2, 128));
    expect(one.sent()).toMatchObject([{ message: { before: 128, end: 151 } }]);
    one.deliver(appended(4, 2, 151));
    expect(one.sent()).toEqual([]);
  });
});

describe('section 5.4.2: only entries of the leader’s current term are committed by counting (Figure 8)', () => {
  test('an entry of an old term on a majority of disks is not decided, until one of the leader’s own is', () => {
    // (c): S1 leads term 4, and entry 2, of term 2, is on three of five disks.
    const one = follower(1, 3, 1, 2);
    elect(one, [2, 3]);
    one.written();
    for (const node of [2, 3]) one.deliver(appended(node, 4, 2));
    expect(one.it.log).toMatchObject({ saved: 3, committed: 0 });
    // (e): entry 3, of term 4, too; all before it is decided with it.
    one.deliver(appended(2, 4, 3));
    expect(one.it.log.committed).toBe(0);
    one.deliver(appended(3, 4, 3));
    expect(one.it.log.committed).toBe(3);
  });

  test('(d): who has another entry of a later term there may still be elected, and take it back', () => {
    const one = follower(1, 3, 1, 2);
    elect(one, [2, 3]);
    one.written();
    for (const node of [2, 3, 4]) one.deliver(appended(node, 4, 2));
    one.deliver(append({ id: 0, term: 5, entries: logOf(1, 3, 5), committed: 1 }, 0));
    expect(termsOf(one)).toEqual([1, 3, 5]);
  });

  test('its own disk counts as one: three others decide without it, two do not', () => {
    const one = follower(1, 1, 1);
    elect(one, [2, 3]);
    for (const node of [2, 3]) one.deliver(appended(node, 2, 2));
    expect(one.it.log.committed).toBe(0);
    one.deliver(appended(4, 2, 2));
    expect(one.it.log).toMatchObject({ committed: 2, saved: 1 });
    one.written();
    expect(one.it.log.saved).toBe(2);
  });

  test('an answer is counted once for each server, whatever comes again', () => {
    const one = follower(1, 1, 1);
    elect(one, [2, 3]);
    one.written();
    for (let i = 0; i < 5; i++) one.deliver(appended(2, 2, 2));
    expect(one.it.log.committed).toBe(0);
  });
});

test('election timeouts are drawn uniformly from the interval, by each node anew in each term', () => {
  const parameters = { election_timeout_min_ms: 150, election_timeout_max_ms: 300 };
  const rules = rulesOf(raftSetup({ parameters }));
  const drawn = Array.from({ length: 20_000 }, (_, i) => electionTimeout_us(rules, 7, i % 50, Math.floor(i / 50)));
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(150_000);
  expect(Math.max(...drawn)).toBeLessThanOrEqual(300_000);
  const mean_us = drawn.reduce((sum, us) => sum + us, 0) / drawn.length;
  // 225 ms, with a deviation of 150/sqrt(12) ms.
  expect(Math.abs(mean_us - 225_000) / (150_000 / Math.sqrt(12) / Math.sqrt(20_000))).toBeLessThan(4);
  expect(new Set(drawn).size).toBeGreaterThan(18_000);
  expect(electionTimeout_us(rulesOf(raftSetup({ parameters: { ...parameters, election_timeout_max_ms: 150 } })), 1, 2, 3)).toBe(150_000);
});

describe('counts and delays', () => {
  test.each([1, 3, 5, 7, 9, 11, 13])(
    'n = %i: AppendEntries and its answer, 2(n - 1) messages a decision, and a write at each node',
    (nodes) => {
      for (const engine of ['waves', 'messages'] as const) {
        const { counts, divisor } = simulate(raft, { nodes, network: WAN, node: SERVER }, { engine }).outcome;
        expect(counts).toEqual({
          messages: divisor * 2 * (nodes - 1),
          // A header of 49, and with an entry its term, the request's header and the batch.
          bytes: divisor * (nodes - 1) * (49 + 4 + 13 + 125_000 + 49),
          votes: divisor * (nodes - 1),
          persists: divisor * nodes,
        });
      }
    },
  );

  test('a decision takes four message delays and one write: request, AppendEntries, answer, reply', () => {
    for (const persist_ns of [0, 3_000_000])
      for (const nodes of [3, 5, 12]) {
        const { outcome } = simulate(raft, { nodes, node: { ...FREE, persist_ns } });
        expect(new Set(outcome.latencies_us)).toEqual(new Set([400_000 + persist_ns / 1000]));
      }
  });

  test('f crashed followers: nothing is slower, and they are sent to', () => {
    for (const nodes of [3, 5, 7]) {
      const down = (nodes - 1) / 2;
      const { outcome } = simulate(raft, { nodes, fault: { kind: 'crash', count: down } });
      expect(outcome.counts.messages / outcome.divisor).toBe(2 * (nodes - 1) - down);
      expect(new Set(outcome.latencies_us)).toEqual(new Set([400_000]));
    }
  });

  test('without faults nobody stands for election, and under the default load nobody is idle for a heartbeat', () => {
    for (const nodes of [2, 5, 30])
      for (const network of [fixed(0), fixed(100), WAN, { ...WAN, loss: 0.1 }]) {
        const texts: string[] = [];
        const trace = ({ text }: TraceLine) => texts.push(text);
        simulate(raft, { nodes, network, node: SERVER, decisions: 20 }, { engine: 'messages', trace });
        expect(texts.filter((text) => /HEARTBEAT|REQUEST-VOTE|refused/.test(text))).toEqual([]);
      }
  });

  test('an election takes 2(n - 1) messages, and the entry that begins the term as many', () => {
    for (const nodes of [3, 5]) {
      const counted: Record<string, number> = {};
      const trace = ({ text }: TraceLine) => {
        const [, name] = /^<- node \d+ +([A-Z-]+)/.exec(text) ?? [];
        if (name !== undefined) counted[name] = (counted[name] ?? 0) + 1;
      };
      const fault = { kind: 'crash', nodes: [0], from_s: 0.001 } as const;
      // All have the request before the election.
      const parameters = { client_timeout_ms: 20 };
      const { outcome } = simulate(raft, { nodes, fault, decisions: 1, network: fixed(1), node: SERVER, parameters }, { trace });
      // The one that is down is sent to and does not answer: one of each less arrives.
      const [asked, sent] = [nodes - 2, 2 * (nodes - 2)];
      expect(counted).toEqual({ 'REQUEST-VOTE': asked, VOTE: asked, APPEND: sent, APPENDED: sent, REPLY: 1 });
      expect(outcome.counts.messages).toBe(3 * (2 * (nodes - 1) - 1));
      expect(outcome.viewChanges).toBe(1);
    }
  });

  test('ten thousand nodes take a decision in less than five seconds of one core', () => {
    for (const engine of ['waves', 'messages'] as const) {
      // Other load takes of the caches, too: the least of three tries.
      let least_s = Infinity;
      for (let tries = 0; tries < 3 && least_s >= 5; tries++) {
        const before = process.cpuUsage();
        const { outcome } = simulate(raft, { nodes: 10_000, decisions: 1, network: WAN, node: SERVER }, { engine });
        const { user, system } = process.cpuUsage(before);
        expect(outcome).toMatchObject({ state: 'done', counts: { messages: 2 * 9999 } });
        least_s = Math.min(least_s, (user + system) / 1e6);
      }
      expect(least_s).toBeLessThan(5);
    }
  });
});

describe('golden transcripts', () => {
  const transcript = (options: CellOptions): string =>
    transcriptOf((trace) => simulate(raft, { nodes: 4, ...options }, { engine: 'messages', trace }));
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('two decisions of four servers', async () => {
    await expect(transcript({ decisions: 2 })).toMatchFileSnapshot('../../golden/raft-normal-case.txt');
  });
  test('a leader that crashes with an entry on its way, and comes back', async () => {
    const fault = { kind: 'crash', nodes: [0], from_s: 0.55, until_s: 3.2 } as const;
    await expect(transcript({ decisions: 3, fault })).toMatchFileSnapshot('../../golden/raft-leader-failure.txt');
  });
});
