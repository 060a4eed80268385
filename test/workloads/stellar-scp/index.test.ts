// SCP against the sentences of draft-mazieres-dinrg-scp-05, the cases of stellar-core's tests, and the counts that follow from them.
import { describe, expect, test } from 'vitest';
import scp from '../../../workloads/stellar-scp/index.ts';
import { Leaders } from '../../../workloads/stellar-scp/leaders.ts';
import { flatSet } from '../../../workloads/stellar-scp/slices.ts';
import { Statement, TYPE, flawOf, statement_bytes } from '../../../workloads/stellar-scp/statements.ts';
import { FREE, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { BLOCKING, QUORUM, X, Y, Z, ballot, commit, externalize, nominate, prepare, stand } from './stand.ts';
import { transcriptOf } from '../../support/transcript.ts';

/** A node that is through with nomination: x is its candidate, and <1, x> its ballot. */
function balloting(value = X): ReturnType<typeof stand> {
  const it = stand();
  for (const item of [1, 2, 3]) it.request(item);
  it.spoken();
  it.hears(QUORUM, nominate([], [value]));
  expect(it.spoken().at(-1)).toEqual(prepare(ballot(1, value)));
  return it;
}
const [A1, A2, A3] = [1, 2, 3].map((counter) => ballot(counter, X)) as [
  ReturnType<typeof ballot>,
  ReturnType<typeof ballot>,
  ReturnType<typeof ballot>,
];
const [B1, B2] = [1, 2].map((counter) => ballot(counter, Y)) as [ReturnType<typeof ballot>, ReturnType<typeof ballot>];

describe('section 3.1, federated voting', () => {
  test('a node accepts what a quorum that it is in votes for, and not before it votes itself', () => {
    const it = balloting();
    it.hears(QUORUM - 1, prepare(A1));
    expect(it.spoken()).toEqual([]);
    it.hears(QUORUM, prepare(A1));
    expect(it.spoken()).toEqual([prepare(A1, { p: A1 })]);
  });
  test('it accepts the contrary of its vote when a blocking set accepts that', () => {
    const it = balloting();
    it.hears(BLOCKING - 1, prepare(B1, { p: B1 }));
    expect(it.spoken()).toEqual([]);
    it.hear(2, prepare(B1, { p: B1 }));
    // Of <1, y> no more than <0, y> does not exceed <1, x> (section 3.7).
    expect(it.spoken()).toEqual([prepare(A1, { p: ballot(0, Y) })]);
  });
  test('votes of a blocking set are not enough', () => {
    const it = balloting();
    it.hears(BLOCKING, prepare(B1));
    expect(it.spoken()).toEqual([]);
  });
  test('one signer counts once, whatever it says', () => {
    const it = balloting();
    for (let i = 0; i < 5; i++) it.hear(1, prepare(A1, i % 2 === 0 ? {} : { p: A1 }));
    it.hear(2, prepare(A1));
    expect(it.spoken()).toEqual([]);
  });
  test('a statement that somebody else passes on does not count, nor one that cannot stand', () => {
    const it = balloting();
    it.hears(QUORUM - 1, prepare(A1));
    it.hear(3, prepare(A1, { p: A2 }));
    expect(it.spoken()).toEqual([]);
    it.hear(4, prepare(A1));
    expect(it.spoken()).toHaveLength(1);
  });
});

describe('section 3.5, nomination', () => {
  test('a node that does not lead waits for its leader, and votes for what that nominates once it has the batch', () => {
    const it = stand(1);
    it.hear(0, nominate([X]));
    expect(it.spoken()).toEqual([]);
    // Node 0 leads slot 1: nodes are numbered as they lead its rounds.
    it.request(1);
    expect(it.spoken()).toEqual([nominate([X])]);
  });
  test('x moves from voted to accepted when a quorum votes for it or accepts it', () => {
    const it = stand(1);
    it.request(1);
    it.hear(0, nominate([X]));
    it.hear(2, nominate([], [X]));
    it.hear(3, nominate([X]));
    expect(it.spoken()).toEqual([nominate([X]), nominate([], [X])]);
  });
  test('a value is accepted when a blocking set accepts it, voted for or not; confirmed, it is a ballot’s', () => {
    const it = stand(1);
    for (const item of [1, 2]) it.request(item);
    for (const signer of [2, 3]) it.hear(signer, nominate([], [Y]));
    expect(it.spoken()).toEqual([nominate([], [Y])]);
    it.hear(4, nominate([], [Y]));
    expect(it.spoken()).toEqual([prepare(B1)]);
  });
  test('it votes for nothing new once a value is confirmed nominated, but still accepts', () => {
    const it = stand(1);
    for (const item of [1, 2]) it.request(item);
    it.hears(4, nominate([], [Y]));
    it.spoken();
    it.hear(0, nominate([X], [Y]));
    expect(it.spoken()).toEqual([]);
    it.hears(BLOCKING, nominate([], [X, Y]));
    expect(it.spoken()).toEqual([nominate([], [X, Y])]);
  });
  test('round n lasts n + 1 s (stellar-core: n s), and adds a leader', () => {
    for (const [timeout_ms, seconds] of [
      [2000, [2, 3, 4, 5]],
      [1000, [1, 2, 3, 4]],
    ] as const) {
      const it = stand(1, { parameters: { timeout_ms } });
      it.request(1);
      for (const s of seconds) {
        expect(it.timers.get('nomination')).toBe(s * 1e6);
        it.expire('nomination');
      }
    }
    // Node 1 leads the second round, and has something to propose.
    const it = stand(1);
    it.request(1);
    expect(it.spoken()).toEqual([]);
    it.expire('nomination');
    expect(it.spoken()).toEqual([nominate([X])]);
  });
  test('several candidates are combined into one, the same for all: the smallest of those with as many transactions', () => {
    const it = stand(1);
    for (const item of [1, 2, 3]) it.request(item);
    for (const value of [Z, Y]) it.hears(3, nominate([], [value]));
    const spoken = it.spoken();
    expect([spoken.at(-2), spoken.at(-1)]).toEqual([prepare(ballot(1, Z)), nominate([], [Y, Z])]);
    it.hears(3, prepare(ballot(1, Z)));
    it.spoken();
    it.expire('ballot');
    expect(it.spoken()).toEqual([prepare(B2, { p: ballot(1, Z) })]);
  });

  const leaders = (nodes: number, seed: number, selfish = true): Leaders => {
    const set = flatSet(nodes, nodes - Math.floor((nodes - 1) / 3));
    return new Leaders({ cell: makeCell(scp, { seed }), kernels: simulationKernels }, new Array<typeof set>(nodes).fill(set), {
      alike: true,
      selfish,
    });
  };
  test('priorities: every node leads its share of slots', () => {
    const nodes = 7;
    const slots = 2800;
    const counts = new Array<number>(nodes).fill(0);
    const by = leaders(nodes, 1);
    for (let slot = 2; slot < slots + 2; slot++) counts[by.first(slot)]! += 1;
    // 400 each; the standard deviation is 18.5.
    for (const count of counts) expect(Math.abs(count - slots / nodes) / Math.sqrt((slots / nodes) * (1 - 1 / nodes))).toBeLessThan(4);
  });
  test('neighbours: a node is its own, and thinks that it leads where its priority tops them; other nodes agree on one', () => {
    const nodes = 10;
    const by = leaders(nodes, 2);
    let selves = 0;
    const slots = 2000;
    for (let slot = 2; slot < slots + 2; slot++) {
      const first = by.first(slot);
      for (let node = 0; node < nodes; node++) {
        const { self, other } = by.round(node, slot, 1);
        if (node === first) expect(self).toBe(true);
        else expect(other).toBe(first);
        if (self && node !== first) selves += 1;
      }
    }
    // Each of the others is no neighbour with 3 of 10: the first one in the order of priorities that is ends the row, so 0.3 / 0.7 come before it.
    const expected = slots * (0.3 / 0.7);
    expect(Math.abs(selves - expected)).toBeLessThan(4 * Math.sqrt(slots * (0.3 / 0.49)));
    // Where its own weight is its share, all agree.
    const shared = leaders(nodes, 2, false);
    for (let slot = 2; slot < 200; slot++)
      for (let node = 0; node < nodes; node++) expect(shared.round(node, slot, 1).self).toBe(node === shared.first(slot));
  });
  test('leaders of slot 1, round after round, are nodes 0, 1, 2 and so on: a round that adds none is passed over', () => {
    for (const seed of [1, 2, 3]) {
      const by = leaders(7, seed);
      const others = (count: number): number[] => Array.from({ length: 7 }, (_, node) => by.round(node, 1, count).other!);
      for (let count = 1; count <= 7; count++) expect(others(count).filter((other) => other === count - 1)).toHaveLength(6);
      // When all have led, some lead again.
      expect(others(8).some((other) => other >= 0 && other < 7)).toBe(true);
    }
  });
});

describe('sections 3.7 to 3.9, as "ballot protocol core5" of SCPTests.cpp', () => {
  /** <counter, x> is accepted as prepared, confirmed as prepared, its commit accepted. */
  const prepared = (): ReturnType<typeof stand> => {
    const it = balloting();
    it.hears(QUORUM, prepare(A1));
    expect(it.spoken()).toEqual([prepare(A1, { p: A1 })]);
    return it;
  };
  const confirmed = (): ReturnType<typeof stand> => {
    const it = prepared();
    it.hears(QUORUM, prepare(A1, { p: A1 }));
    expect(it.spoken()).toEqual([prepare(A1, { p: A1, c: 1, h: 1 })]);
    return it;
  };
  const committing = (): ReturnType<typeof stand> => {
    const it = confirmed();
    it.hears(QUORUM, prepare(A1, { p: A1, c: 1, h: 1 }));
    expect(it.spoken()).toEqual([commit(A1, 1, 1, 1)]);
    return it;
  };

  test('prepared A1, confirmed prepared A1, accept commit, quorum of commits: it externalizes x', () => {
    const it = committing();
    it.hears(QUORUM - 1, commit(A1, 1, 1, 1));
    expect([it.spoken(), it.node.executed]).toEqual([[], 0]);
    it.hears(QUORUM, commit(A1, 1, 1, 1));
    expect([it.spoken()[0], it.node.executed]).toEqual([externalize(A1, 1), 1]);
  });
  test('a blocking set of p = A1 is enough to accept, and of commits', () => {
    const it = balloting();
    it.hears(BLOCKING, prepare(A1, { p: A1 }));
    expect(it.spoken()).toEqual([prepare(A1, { p: A1 })]);
    const other = confirmed();
    other.hears(BLOCKING, commit(A1, 1, 1, 1));
    expect(other.spoken()).toEqual([commit(A1, 1, 1, 1)]);
  });
  test('a commit is accepted only where its ballot is confirmed as prepared: a blocking set that commits is first taken for prepared', () => {
    const it = balloting();
    it.hears(BLOCKING, commit(A1, 1, 1, 1));
    expect(it.spoken()).toEqual([prepare(A1, { p: A1 })]);
    it.hear(3, prepare(A1, { p: A1 }));
    expect(it.spoken()).toEqual([prepare(A1, { p: A1, c: 1, h: 1 }), commit(A1, 1, 1, 1)]);
  });
  test('who knows nothing of a slot externalizes by what a quorum has externalized', () => {
    const it = stand(1);
    it.request(1);
    it.hears(BLOCKING, externalize(A1, 1));
    expect(it.spoken()).toEqual([prepare(A1, { p: A1 })]);
    it.hears(4, externalize(A1, 1));
    expect(it.spoken().at(-1)).toEqual(externalize(A1, 1));
    expect(it.node.executed).toBe(1);
  });

  test('bump to A2: what is prepared at A1 stays so, and its commit is not voted for again before A2 is prepared', () => {
    const it = prepared();
    it.expire('ballot');
    expect(it.spoken()).toEqual([prepare(A2, { p: A1 })]);
    it.hears(QUORUM, prepare(A2));
    expect(it.spoken()).toEqual([prepare(A2, { p: A2 })]);
    it.hears(QUORUM, prepare(A2, { p: A2 }));
    expect(it.spoken()).toEqual([prepare(A2, { p: A2, c: 2, h: 2 })]);
  });
  test('c stays where it is while h rises: commits of a row of counters are voted for', () => {
    const it = confirmed();
    it.expire('ballot');
    expect(it.spoken()).toEqual([prepare(A2, { p: A1, c: 1, h: 1 })]);
    it.hears(QUORUM, prepare(A2, { p: A2, c: 1, h: 1 }));
    expect(it.spoken()).toEqual([prepare(A2, { p: A2, c: 1, h: 1 }), prepare(A2, { p: A2, c: 1, h: 2 }), commit(A2, 2, 1, 1)]);
  });
  test('c is forgotten when a higher ballot of another value is accepted as prepared; p and p’ say both', () => {
    const it = confirmed();
    it.expire('ballot');
    it.spoken();
    it.hears(BLOCKING, prepare(B2, { p: B2 }));
    // <2, y> exceeds <2, x>: of it <1, y> is said, which is above <1, x>.
    expect(it.spoken()).toEqual([prepare(A2, { p: B1, q: A1, h: 1 })]);
  });
  test('in COMMIT h grows with what is accepted, and the counter still rises', () => {
    const it = committing();
    it.hears(BLOCKING, commit(A3, 3, 2, 3));
    // A blocking set is at counter 3, and has accepted all that is below as prepared.
    expect(it.spoken()).toEqual([commit(A1, 3, 1, 1), commit(A3, 3, 1, 1)]);
    it.hear(3, commit(A3, 3, 2, 3));
    // That is confirmed now, and commits are accepted up to 3.
    expect(it.spoken().slice(0, 2)).toEqual([commit(A3, 3, 1, 3), externalize(A2, 3)]);
  });

  test('the ballot timer lasts counter + 1 s, and runs once a quorum is at the counter', () => {
    const it = balloting();
    expect(it.timers.has('ballot')).toBe(false);
    it.hears(QUORUM - 1, prepare(A1));
    expect(it.timers.has('ballot')).toBe(false);
    // Of another value: it is the counter that counts.
    it.hear(4, prepare(B1));
    expect(it.timers.get('ballot')).toBe(2e6);
    it.expire('ballot');
    expect([it.spoken(), it.timers.has('ballot')]).toEqual([[prepare(A2)], false]);
    it.hears(QUORUM, prepare(A2));
    expect(it.timers.get('ballot')).toBe(3e6);
  });
  test('a blocking set at higher counters: the counter rises to the lowest for which that is no longer so', () => {
    const it = balloting();
    it.hear(1, prepare(ballot(7, X)));
    expect(it.spoken()).toEqual([]);
    it.hear(2, prepare(ballot(4, X)));
    expect(it.spoken()).toEqual([prepare(ballot(4, X))]);
    // Three and itself have voted for <4, x> or more now.
    it.hear(3, prepare(ballot(9, X)));
    expect(it.spoken()).toEqual([prepare(ballot(4, X), { p: ballot(4, X) }), prepare(ballot(7, X), { p: ballot(4, X) })]);
  });
  test('the counter stays below 1000 and the seconds since the slot began', () => {
    const it = balloting();
    it.hears(BLOCKING, prepare(ballot(5000, X)));
    expect(it.spoken()).toEqual([prepare(ballot(999, X))]);
  });
  test('the value of a new ballot: that of h, else of the candidates, else of what is accepted as prepared', () => {
    const fromCandidates = balloting(Y);
    fromCandidates.hears(QUORUM, nominate([], [X, Y]));
    fromCandidates.hears(QUORUM, prepare(B1));
    fromCandidates.spoken();
    fromCandidates.expire('ballot');
    expect(fromCandidates.spoken()).toEqual([prepare(A2, { p: B1 })]);
    const fromHigh = balloting(Y);
    for (const more of [{}, { p: B1 }]) fromHigh.hears(QUORUM, prepare(B1, more));
    fromHigh.hears(QUORUM, nominate([], [X, Y]));
    fromHigh.spoken();
    fromHigh.expire('ballot');
    expect(fromHigh.spoken()).toEqual([prepare(B2, { p: B1, c: 1, h: 1 })]);
    const fromPrepared = stand(1);
    fromPrepared.request(2);
    fromPrepared.hears(BLOCKING, prepare(B1, { p: B1 }));
    expect(fromPrepared.spoken()).toEqual([prepare(B1, { p: B1 })]);
  });
});

describe('statements', () => {
  test("invariants: p <= b, p' < p of another value, c <= h <= b.counter", () => {
    const b = ballot(2, X);
    expect(flawOf(prepare(b, { p: ballot(2, X), q: ballot(1, Y), c: 1, h: 2 }))).toBe('');
    for (const bad of [
      prepare(ballot(0, X)),
      prepare(b, { p: ballot(3, X) }),
      prepare(b, { p: ballot(2, Y) }),
      prepare(b, { q: ballot(1, Y) }),
      prepare(b, { p: ballot(1, X), q: ballot(1, Y) }),
      prepare(b, { p: ballot(2, X), q: ballot(1, X) }),
      prepare(b, { p: b, c: 2, h: 1 }),
      prepare(b, { p: b, c: 1, h: 3 }),
      commit(b, 2, 0, 1),
      commit(b, 2, 2, 1),
      commit(b, 2, 1, 3),
      externalize(ballot(0, X), 1),
      externalize(ballot(2, X), 1),
      nominate([]),
      nominate([X], [X]),
    ])
      expect(flawOf(bad), JSON.stringify(bad)).not.toBe('');
  });
  test('sizes are those of their encoding, header and signature among them', () => {
    for (const pledges of [
      nominate([X, Y], [Z]),
      prepare(A2),
      prepare(A2, { p: A2 }),
      prepare(A2, { p: A2, q: B1, c: 1, h: 2 }),
      commit(A2, 2, 1, 2),
      externalize(A1, 2),
    ]) {
      const statement = new Statement({ type: TYPE.nominate, view: 0, sequence: 1, signer: 3, pledges });
      expect(statement.encode(() => new Uint8Array(32)).length + 64).toBe(statement.bytes);
    }
    // Header 49 (with the hash of the quorum set), a signature of 64; a ballot 36, numbers and marks 4.
    expect([
      statement_bytes(nominate([X])),
      statement_bytes(prepare(A1)),
      statement_bytes(commit(A1, 1, 1, 1)),
      statement_bytes(externalize(A1, 1)),
    ]).toEqual([113 + 40, 113 + 36 + 16, 113 + 48, 113 + 40]);
  });
});

const run = (options: CellOptions) => simulate(scp, options, { engine: 'messages' }).outcome;

describe('S3: a slot without faults', () => {
  test('7n(n - 1) messages: NOMINATE twice, PREPARE three times, COMMIT and EXTERNALIZE of every node to every other', () => {
    for (const nodes of [1, 2, 3, 4, 5, 7, 10, 13])
      for (const network of [fixed(100), WAN])
        expect(run({ nodes, network, decisions: 5 }).counts.messages).toBe(5 * 7 * nodes * (nodes - 1));
  });
  test('of each node: seven statements and a reply are signed; what its quorums take is verified, and no more', () => {
    for (const [nodes, quorum] of [
      [4, 3],
      [5, 4],
      [7, 5],
      [10, 7],
    ] as const) {
      const { counts } = run({ nodes, decisions: 4 });
      expect(counts.signs).toBe(4 * 8 * nodes);
      // The leader's NOMINATE at n - 1 nodes, and quorums less oneself: of the votes to nominate one is the leader's.
      expect(counts.verifies).toBe(4 * (nodes - 1 + (nodes - 1) * (quorum - 2) + (quorum - 1) + 5 * nodes * (quorum - 1)));
      // All but the leader's first statement are tallied.
      expect(counts.votes).toBe(4 * (7 * nodes * (nodes - 1) - (nodes - 1)));
      expect(counts.digest_bytes).toBe(4 * nodes * 125_000);
    }
  });
  test('nine message delays: request, the leader’s NOMINATE, the others’, six more statements, reply', () => {
    const { latencies_us, replicaLatencies_us } = run({ decisions: 3 });
    expect(latencies_us).toEqual([900_000, 900_000, 900_000]);
    expect(replicaLatencies_us).toEqual([700_000, 700_000, 700_000]);
  });
  test('bytes: the batch goes once to each other node, beside statements of their encoded sizes', () => {
    const { counts } = run({ nodes: 4, decisions: 2 });
    const nominated = statement_bytes(nominate([X]));
    const each = 2 * nominated + statement_bytes(prepare(A1)) + 2 * statement_bytes(prepare(A1, { p: A1 })) + statement_bytes(commit(A1, 1, 1, 1)) + statement_bytes(externalize(A1, 1)); // prettier-ignore
    expect(counts.bytes).toBe(2 * (12 * each + 3 * (13 + 125_000)));
  });
  test('slots follow each other as there is something to agree on, or not before ledger_interval_ms', () => {
    expect(run({ decisions: 4, parameters: { ledger_interval_ms: 5000 } }).elapsed_us).toBe(4 * 5_000_000 + 3 * 700_000 + 800_000);
    expect(run({ decisions: 4, parameters: { ledger_interval_ms: 100 } }).elapsed_us).toBe(4 * 900_000);
  });
});

describe('timeouts', () => {
  // At n = 25 eight nodes may be down, and those are the leaders of the first rounds.
  test.each([
    ['draft', {}, [2, 5, 9, 14, 20, 27]],
    ['stellar-core', { timeout_ms: 1000 }, [1, 3, 6, 10, 15, 21]],
  ] as const)('%s: k silent leaders in a row cost the sum of the first k rounds', (_name, parameters, seconds) => {
    seconds.forEach((s, k) => {
      const { latencies_us, viewChanges } = run({ nodes: 25, decisions: 1, fault: { kind: 'silent-leader', count: k + 1 }, parameters });
      const client_s = 'timeout_ms' in parameters ? 1 : 2;
      // Nodes hear of the batch when the client, which has waited, tells all of them. One message delay less where the leader has spoken before.
      expect([800_000, 900_000]).toContain(latencies_us[0]! - (client_s + s) * 1e6);
      expect(viewChanges).toBe(k + 1);
    });
  });
  test('ten rounds in a row that bring nothing are a standstill', () => {
    const { state, liveness, reason } = run({ nodes: 4, fault: { kind: 'wrong-vote', count: 2 } });
    expect([state, liveness, reason]).toEqual(['stalled', 'violated', '0 of 10 decisions: 10 view changes in a row brought none']);
  });
});

describe('quorum sets', () => {
  const organisations = (nodes: number, faulty: number[], kind: 'crash' | 'equivocate' = 'crash') =>
    run({ nodes, network: WAN, node: SERVER, decisions: 4, fault: { kind, nodes: faulty }, parameters: { quorum_set: 'organisations' } });

  test('by organisation: 4 of three nodes each live without a whole one, not without two halves of two', () => {
    expect(organisations(12, [])).toMatchObject({
      state: 'done',
      counts: { messages: 4 * 7 * 12 * 11 },
      observations: { quorum_nodes: 6, blocking_nodes: 4, quorum_intersection: 1 },
    });
    expect(organisations(12, [9, 10, 11])).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok', durability: 'ok' });
    expect(organisations(12, [0, 3, 6, 9])).toMatchObject({ state: 'done', liveness: 'ok' });
    expect(organisations(12, [0, 1, 3, 4])).toMatchObject({ state: 'stalled', liveness: 'violated' });
  });
  test('a whole organisation that equivocates forks nothing; two of five nodes in two of them do', () => {
    expect(organisations(12, [9, 10, 11], 'equivocate')).toMatchObject({
      state: 'done',
      safety: 'ok',
      observations: { quorum_intersection: 1 },
    });
    const forked = organisations(12, [0, 1, 2, 3, 4, 5], 'equivocate');
    expect(forked.observations).toMatchObject({ quorum_intersection: 0 });
    expect(forked.safety).toBe('violated');
  });
  test("the draft's example: v1 needs everybody, and waits for nobody's quorum but its own", () => {
    const parameters = { quorum_set: '3(0,1,2);3(1,2,3);3(1,2,3);3(1,2,3)' };
    expect(run({ decisions: 4, parameters })).toMatchObject({ state: 'done', safety: 'ok', observations: { quorum_intersection: 1 } });
    // Without v1 the others go on; without v4 nobody does.
    expect(run({ decisions: 4, parameters, fault: { kind: 'crash', nodes: [0] } })).toMatchObject({ state: 'done', liveness: 'ok' });
    expect(run({ decisions: 4, parameters, fault: { kind: 'crash', nodes: [3] } })).toMatchObject({ liveness: 'violated' });
  });
});

describe('transcripts', () => {
  const transcript = (options: CellOptions): string =>
    transcriptOf(
      (trace) => simulate(scp, { nodes: 4, node: FREE, network: fixed(100), decisions: 1, ...options }, { engine: 'messages', trace }),
      { name_chars: 6 },
    );
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('one slot of four nodes', async () => {
    await expect(transcript({})).toMatchFileSnapshot('../../golden/stellar-scp-normal-case.txt');
  });
  test('a leader that is down', async () => {
    await expect(transcript({ fault: { kind: 'silent-leader', count: 1 } })).toMatchFileSnapshot(
      '../../golden/stellar-scp-leader-failure.txt',
    );
  });
});
