// PBFT against the sentences of Castro and Liskov, OSDI 1999, and the counts that follow from them.
import { describe, expect, test } from 'vitest';
import type { Outbox } from '../../../harness/simulate/messages/engine.ts';
import { byzantineQuorum } from '../../../harness/simulate/core/quorum.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { TraceLine } from '../../../harness/model/outcome.ts';
import pbft from '../../../workloads/pbft/index.ts';
import {
  NewView,
  PbftMessage,
  StateTransfer,
  TYPE,
  ViewChange,
  checkpointDigest,
  type Certificate,
} from '../../../workloads/pbft/messages.ts';
import { NULL_DIGEST, Request, digestOf } from '../../../workloads/parts/messages.ts';
import { pbftMechanism } from '../../../workloads/pbft/mechanism.ts';
import { computeProposals } from '../../../workloads/pbft/rules.ts';
import { Replica } from '../../../workloads/pbft/replica.ts';
import { altered } from '../../../harness/simulate/messages/byzantine.ts';
import { pbftSetup, stand } from './stand.ts';
import { FREE, LINK, SERVER, WAN, fixed, makeCell, simulate, simulationKernels, type CellOptions } from '../../cells.ts';
import { steps } from '../../support/stand.ts';
import { transcriptOf } from '../../support/transcript.ts';

// --- single replicas, stepped by hand ----------------------------------------------------------------------------------

const QUORUM = 3; // n = 4, f = 1
const AUTHENTICATOR_BYTES = 64;

function replica(id: number, options: CellOptions = {}) {
  const { run, seat, log, executed } = stand(id, options);
  const { out, deliver } = steps(run, seat);
  return { it: seat.state as Replica, out, log, executed, deliver };
}

const vote = (type: number, signer: number, at: { view?: number; sequence?: number; digest?: number } = {}): PbftMessage =>
  new PbftMessage({ type, view: at.view ?? 0, sequence: at.sequence ?? 1, signer, digest: at.digest ?? digestOf(1), bytes: 113 });
const prePrepare = (at: { view?: number; sequence?: number; digest?: number; signer?: number } = {}): PbftMessage =>
  vote(TYPE.prePrepare, at.signer ?? (at.view ?? 0) % 4, at);
const certificate = (at: { view: number; sequence: number; digest: number }): Certificate => {
  const backups = [0, 1, 2, 3].filter((id) => id !== at.view % 4).slice(0, QUORUM - 1);
  return { prePrepare: prePrepare(at), prepares: backups.map((id) => vote(TYPE.prepare, id, at)) };
};
const viewChange = (
  signer: number,
  view: number,
  fields: { stable?: number; checkpointProof?: PbftMessage[]; prepared?: Certificate[] } = {},
): ViewChange =>
  new ViewChange({ view, signer, stable: 0, checkpointProof: [], prepared: [], authenticator_bytes: AUTHENTICATOR_BYTES, ...fields });
const checkpointProof = (sequence: number, digest: number): PbftMessage[] =>
  [0, 1, 2].map((id) => vote(TYPE.checkpoint, id, { sequence, digest }));

function newView(view: number, viewChanges: ViewChange[], proposals = computeProposals(viewChanges).proposals): NewView {
  const signer = view % 4;
  return new NewView({ view, signer, viewChanges, proposals: proposals.map((at) => prePrepare({ ...at, view, signer })) });
}
const sent = (out: Outbox<PbftMessage>, type: number): PbftMessage[] =>
  out.actions.flatMap((action) =>
    (action.kind === 'multicast' || action.kind === 'send') && action.message.type === type ? [action.message] : [],
  );
const execute = (target: ReturnType<typeof replica>, sequence: number, digest: number): void => {
  target.deliver(prePrepare({ sequence, digest }));
  for (const id of [1, 2, 3]) if (id !== target.it.id) target.deliver(vote(TYPE.prepare, id, { sequence, digest }));
  for (const id of [0, 1, 2, 3]) if (id !== target.it.id) target.deliver(vote(TYPE.commit, id, { sequence, digest }));
};

describe('PBFT section 4.2, normal-case operation', () => {
  test('prepared(m, v, n, i) needs the pre-prepare and 2f matching prepares from different backups', () => {
    const target = replica(1);
    target.deliver(vote(TYPE.prepare, 2));
    expect(sent(target.out, TYPE.commit)).toHaveLength(0);
    target.deliver(prePrepare());
    // Its own PREPARE and replica 2's, which came before the pre-prepare and was kept.
    expect(sent(target.out, TYPE.commit)).toHaveLength(1);
  });

  test('duplicates, conflicting digests and the primary do not count towards 2f prepares', () => {
    const target = replica(1, { nodes: 7 }); // f = 2: needs 4 prepares with its own
    target.deliver(prePrepare());
    for (let i = 0; i < 5; i++) target.deliver(vote(TYPE.prepare, 2));
    target.deliver(vote(TYPE.prepare, 3, { digest: digestOf(1) + 1 }));
    target.deliver(vote(TYPE.prepare, 3));
    target.deliver(vote(TYPE.prepare, 0));
    target.deliver(vote(TYPE.prepare, 4));
    expect(sent(target.out, TYPE.commit)).toHaveLength(0);
    target.deliver(vote(TYPE.prepare, 5));
    expect(sent(target.out, TYPE.commit)).toHaveLength(1);
  });

  test('a forged vote does not count and does not keep its alleged sender from voting', () => {
    const target = replica(1);
    target.deliver(prePrepare());
    target.deliver(new PbftMessage({ ...vote(TYPE.prepare, 2), valid: false }));
    expect(sent(target.out, TYPE.commit)).toHaveLength(0);
    target.deliver(vote(TYPE.prepare, 2));
    expect(sent(target.out, TYPE.commit)).toHaveLength(1);
  });

  test('committed-local needs prepared and 2f + 1 commits: commits that come first wait', () => {
    const target = replica(1);
    for (const id of [0, 2, 3]) target.deliver(vote(TYPE.commit, id));
    target.deliver(prePrepare());
    expect(target.it.lastExecuted).toBe(0);
    target.deliver(vote(TYPE.prepare, 3));
    expect(target.it.lastExecuted).toBe(1);
  });

  test('a backup accepts no pre-prepare for the same view and sequence number with a different digest', () => {
    const target = replica(1);
    target.deliver(prePrepare());
    target.deliver(prePrepare({ digest: digestOf(1) + 1 }));
    expect(sent(target.out, TYPE.prepare).map(({ digest }) => digest)).toEqual([digestOf(1)]);
  });

  test('a pre-prepare from a replica that is not the primary of the view is ignored', () => {
    const target = replica(1);
    target.deliver(prePrepare({ signer: 2 }), 2);
    expect(sent(target.out, TYPE.prepare)).toHaveLength(0);
  });

  test('P4 a sequence number is accepted only between the water marks: h < n <= H = h + 256', () => {
    const target = replica(1);
    target.deliver(prePrepare({ sequence: 257, digest: digestOf(257) }));
    expect(sent(target.out, TYPE.prepare)).toHaveLength(0);
    target.deliver(prePrepare({ sequence: 256, digest: digestOf(256) }));
    expect(sent(target.out, TYPE.prepare)).toHaveLength(1);
  });

  test('requests commit out of order and execute in order', () => {
    const target = replica(1);
    execute(target, 2, digestOf(2));
    expect(target.it.lastExecuted).toBe(0);
    execute(target, 1, digestOf(1));
    expect(target.it.lastExecuted).toBe(2);
  });

  test('an executed request is never executed again: the stored reply is sent', () => {
    const target = replica(1);
    execute(target, 1, digestOf(1));
    const state = target.it.stateDigest;
    expect(sent(target.out, TYPE.reply)).toHaveLength(1);
    target.deliver(new Request({ type: TYPE.request, view: 0, sequence: 1, signer: 4, items: [1], bytes: 10 }), 4);
    expect(sent(target.out, TYPE.reply)).toHaveLength(2);
    expect(sent(target.out, TYPE.reply)[1]).toBe(sent(target.out, TYPE.reply)[0]);
    expect(target.it.stateDigest).toBe(state);
    // Ordered a second time by a faulty primary: the sequence number is used up, the request is not executed.
    execute(target, 2, digestOf(1));
    expect(target.it.lastExecuted).toBe(2);
    expect(target.it.lastTimestamp).toBe(1);
    expect(sent(target.out, TYPE.reply)).toHaveLength(3);
  });

  test('quorums of 2f + 1 are right only where n = 3f + 1', () => {
    expect([4, 5, 6, 7, 8, 9, 10, 15].map((n) => byzantineQuorum(n))).toEqual([3, 4, 4, 5, 6, 6, 7, 10]);
    // The sentence that the quorum must satisfy: two quorums share a correct replica. 2f + 1 = 3 does not at n = 5.
    expect(2 * 3 - 5 > 1).toBe(false);
    for (let n = 1; n <= 300; n++) expect(() => byzantineQuorum(n)).not.toThrow();
  });
});

describe('PBFT section 4.3, garbage collection', () => {
  test('a checkpoint with 2f + 1 matching messages is stable, and the log up to it is discarded', () => {
    const target = replica(1, { parameters: { checkpoint_interval: 2, log_window: 4 } });
    execute(target, 1, digestOf(1));
    execute(target, 2, digestOf(2));
    const own = sent(target.out, TYPE.checkpoint)[0]!;
    expect(target.it.stable).toBe(0);
    target.deliver(vote(TYPE.checkpoint, 2, { sequence: 2, digest: own.digest }));
    target.deliver(vote(TYPE.checkpoint, 3, { sequence: 2, digest: own.digest + 1 }));
    expect(target.it.stable).toBe(0);
    target.deliver(vote(TYPE.checkpoint, 0, { sequence: 2, digest: own.digest }));
    expect(target.it.stable).toBe(2);
    expect(target.it.logSize).toBe(0);
  });

  test('a laggard catches up from a stable checkpoint', () => {
    const target = replica(3, { parameters: { checkpoint_interval: 2, log_window: 4 } });
    const state = { service: 77, lastTimestamp: 8, lastResult: 5, lastBatch: digestOf(8) };
    const proof = checkpointProof(8, checkpointDigest(state));
    for (const message of proof) target.deliver(message);
    // It waits for what may be under way, then asks f + 1 of those who signed.
    const timer = target.out.actions.find((action) => action.kind === 'timer');
    expect(timer).toMatchObject({ id: 'catch up' });
    target.it.step({ kind: 'timer', now_us: 0, id: 'catch up' }, target.out);
    expect(sent(target.out, TYPE.fetchState)).toHaveLength(2);
    const fields = { sequence: 8, signer: 0, bytes: 500, state };
    target.deliver(new StateTransfer({ ...fields, checkpointProof: proof.slice(0, 2) }));
    expect(target.it.lastExecuted).toBe(0);
    target.deliver(new StateTransfer({ ...fields, checkpointProof: proof }));
    expect(target.it).toMatchObject({ lastExecuted: 8, stable: 8, stateDigest: 77, lastTimestamp: 8 });
    // The client's last reply came with the state: it is asked for once more and answered in the replica's own name.
    target.executed(8, 8);
    target.deliver(new Request({ type: TYPE.request, view: 0, sequence: 8, signer: 4, items: [8], bytes: 10 }), 4);
    expect(sent(target.out, TYPE.reply)).toMatchObject([{ signer: 3, sequence: 8, digest: 5 }]);
    execute(target, 9, digestOf(9));
    expect(target.it.lastExecuted).toBe(9);
  });

  test("state transfer sends the checkpoint's last timestamp, and the digest covers it", () => {
    const donor = replica(1, { parameters: { checkpoint_interval: 2, log_window: 4 } });
    for (const sequence of [1, 2, 3]) execute(donor, sequence, digestOf(sequence));
    const [own] = sent(donor.out, TYPE.checkpoint);
    for (const id of [0, 2]) donor.deliver(vote(TYPE.checkpoint, id, { sequence: 2, digest: own!.digest }));
    expect(donor.it).toMatchObject({ stable: 2, lastTimestamp: 3 });
    donor.deliver(vote(TYPE.fetchState, 3, { sequence: 2 }), 3);
    const [message] = sent(donor.out, TYPE.state) as StateTransfer[];
    expect(message).toMatchObject({ sequence: 2, digest: own!.digest, state: { lastTimestamp: 2, lastBatch: digestOf(2) } });
    expect(checkpointDigest(message!.state)).toBe(own!.digest);
    // Whoever changes a part of the state changes its digest, which nobody has signed.
    for (const change of [{ lastTimestamp: 3 }, { lastResult: 1 }, { service: 1 }]) {
      const target = replica(3);
      target.deliver(new StateTransfer({ ...message!, state: { ...message!.state, ...change } }), 1);
      expect(target.it).toMatchObject({ lastExecuted: 0, lastTimestamp: 0 });
    }
    const forged = replica(3);
    forged.deliver(new StateTransfer({ ...message!, valid: false }), 1);
    expect(forged.it.lastExecuted).toBe(0);
    const target = replica(3);
    target.deliver(message!, 1);
    expect(target.it).toMatchObject({ lastExecuted: 2, lastTimestamp: 2, stateDigest: message!.state.service });
  });

  test('FETCH, STATE and BATCH are signed, verified and hashed, or carry a MAC', () => {
    const counts = (id: number, authentication: string, steps: (target: ReturnType<typeof replica>) => void) => {
      const target = replica(id, { parameters: { checkpoint_interval: 2, log_window: 4, authentication } });
      const log = target.log;
      const before = { signs: log.signs, verifies: log.verifies, macs: log.macs, digest_bytes: log.digest_bytes };
      steps(target);
      return {
        signs: log.signs - before.signs,
        verifies: log.verifies - before.verifies,
        macs: log.macs - before.macs,
        digest_bytes: log.digest_bytes - before.digest_bytes,
      };
    };
    const state = { service: 77, lastTimestamp: 8, lastResult: 5, lastBatch: digestOf(8) };
    const proof = checkpointProof(8, checkpointDigest(state));
    const transfer = new StateTransfer({ sequence: 8, signer: 0, bytes: 500, state, checkpointProof: proof });
    // The STATE and the three CHECKPOINTs in it; 72 bytes of state.
    const received = (target: ReturnType<typeof replica>): void => target.deliver(transfer);
    expect(counts(3, 'signature', received)).toEqual({ signs: 0, verifies: 4, macs: 0, digest_bytes: 72 });
    // MACs prove nothing to third parties: two replicas have to send the state.
    expect(counts(3, 'mac', received)).toEqual({ signs: 0, verifies: 0, macs: 1, digest_bytes: 72 });
    // Who has the state checks the FETCH and signs the STATE.
    const asked = (target: ReturnType<typeof replica>): void => target.deliver(vote(TYPE.fetchState, 2, { sequence: 8 }), 2);
    const both = (target: ReturnType<typeof replica>): void => {
      received(target);
      asked(target);
    };
    expect(counts(3, 'signature', both)).toEqual({ signs: 1, verifies: 5, macs: 0, digest_bytes: 72 });
    const all = (target: ReturnType<typeof replica>): void => {
      target.deliver(altered(transfer, { signer: 1 }));
      both(target);
    };
    expect(counts(3, 'mac', all)).toEqual({ signs: 0, verifies: 0, macs: 4, digest_bytes: 144 });
    // Two FETCH-STATEs to f + 1 signers.
    const lagging = (target: ReturnType<typeof replica>): void => {
      for (const message of proof) target.deliver(message);
      target.it.step({ kind: 'timer', now_us: 0, id: 'catch up' }, target.out);
    };
    expect(counts(3, 'signature', lagging)).toMatchObject({ signs: 2, verifies: 0 });

    const prepared = [certificate({ view: 0, sequence: 1, digest: digestOf(1) })];
    const missing = (target: ReturnType<typeof replica>): void => {
      target.deliver(newView(1, [viewChange(1, 1), viewChange(2, 1), viewChange(3, 1, { prepared })]));
      for (const id of [0, 3]) target.deliver(vote(TYPE.prepare, id, { view: 1 }));
      for (const id of [0, 1, 3]) target.deliver(vote(TYPE.commit, id, { view: 1 }));
    };
    const fetched = (target: ReturnType<typeof replica>): void => {
      missing(target);
      // A batch that nobody asked for costs nothing, a second copy neither; a forged one is checked and not taken.
      target.deliver(vote(TYPE.batch, 3, { view: 1, digest: digestOf(9) }));
      target.deliver(new PbftMessage({ ...vote(TYPE.batch, 0, { view: 1 }), valid: false }));
      expect(target.it.lastExecuted).toBe(0);
      for (const id of [1, 3]) target.deliver(vote(TYPE.batch, id, { view: 1 }));
      expect(target.it.lastExecuted).toBe(1);
    };
    const without = counts(2, 'signature', missing);
    const withBatch = counts(2, 'signature', fetched);
    // The FETCH is signed in both; the reply follows the batch.
    expect(withBatch).toEqual({
      ...without,
      signs: without.signs + 1,
      verifies: without.verifies + 2,
      digest_bytes: without.digest_bytes + 125_000,
    });
    expect(without.signs).toBe(3); // PREPARE, COMMIT, FETCH-BATCH
  });

  test('every checkpoint hashes its state at every replica, in both accounts', () => {
    const parameters = { checkpoint_interval: 5, log_window: 10 };
    for (const engine of ['waves', 'messages'] as const) {
      const { counts } = simulate(pbft, { decisions: 10, parameters }, { engine }).outcome;
      expect(counts.digest_bytes).toBe(10 * 4 * 125_000 + 2 * 4 * 72);
    }
  });

  test('P4 the log never holds more than the window, and 12 CHECKPOINTs are sent every 128 requests at n = 4', () => {
    const { outcome } = simulate(pbft, { decisions: 128 });
    expect(outcome.counts.messages).toBe(128 * 24 + 12);
    for (const engine of ['waves', 'messages'] as const) {
      const long = simulate(pbft, { decisions: 600 }, { engine }).outcome;
      expect(long.state).toBe('done');
      expect(long.counts.messages).toBe(600 * 24 + 4 * 12);
    }
  });
});

describe('PBFT section 4.4, view changes', () => {
  test('a NEW-VIEW with a wrong O is rejected', () => {
    const prepared = [certificate({ view: 0, sequence: 1, digest: digestOf(1) })];
    const changes = [viewChange(1, 1), viewChange(2, 1, { prepared }), viewChange(3, 1)];
    for (const wrong of [
      [],
      [{ sequence: 1, digest: NULL_DIGEST }],
      [
        { sequence: 1, digest: digestOf(1) },
        { sequence: 2, digest: NULL_DIGEST },
      ],
    ]) {
      const target = replica(2);
      target.deliver(newView(1, changes, wrong));
      expect(target.it.installedView).toBe(0);
      expect(sent(target.out, TYPE.prepare)).toHaveLength(0);
    }
    const target = replica(2);
    target.deliver(newView(1, changes));
    expect(target.it.installedView).toBe(1);
    expect(sent(target.out, TYPE.prepare)).toMatchObject([{ view: 1, sequence: 1, digest: digestOf(1) }]);
  });

  test('a NEW-VIEW needs 2f + 1 valid VIEW-CHANGEs from different replicas, signed by the primary of the view', () => {
    const good = [viewChange(1, 1), viewChange(2, 1), viewChange(3, 1)];
    const refused = [
      newView(1, [good[0]!, good[1]!, good[1]!]),
      newView(1, good.slice(0, 2)),
      newView(1, [good[0]!, good[1]!, viewChange(3, 2)]),
      newView(1, [good[0]!, good[1]!, new ViewChange({ ...good[2]!, authenticator_bytes: 64, valid: false })]),
      // A certificate with the PREPAREs of one backup only.
      newView(1, [
        good[0]!,
        good[1]!,
        viewChange(3, 1, { prepared: [{ ...certificate({ view: 0, sequence: 1, digest: 2 }), prepares: [vote(TYPE.prepare, 1)] }] }),
      ]),
    ];
    for (const message of refused) {
      const target = replica(2);
      target.deliver(message);
      expect(target.it.installedView).toBe(0);
    }
    // It is the signature that counts: any replica may pass a NEW-VIEW on, and none can make one for another's view.
    const forged = replica(2);
    forged.deliver(new NewView({ ...newView(1, good), signer: 3 }), 3);
    expect(forged.it.installedView).toBe(0);
    const passedOn = replica(2);
    passedOn.deliver(newView(1, good), 3);
    expect(passedOn.it.installedView).toBe(1);
  });

  test('gaps become null requests', () => {
    const changes = [
      viewChange(1, 1, { prepared: [certificate({ view: 0, sequence: 3, digest: digestOf(3) })] }),
      viewChange(2, 1),
      viewChange(3, 1, { prepared: [certificate({ view: 0, sequence: 1, digest: digestOf(1) })] }),
    ];
    expect(computeProposals(changes)).toEqual({
      minS: 0,
      proposals: [
        { sequence: 1, digest: digestOf(1) },
        { sequence: 2, digest: NULL_DIGEST },
        { sequence: 3, digest: digestOf(3) },
      ],
    });
  });

  test('P chooses the highest view', () => {
    const changes = [
      viewChange(1, 3, { prepared: [certificate({ view: 0, sequence: 1, digest: digestOf(1) })] }),
      viewChange(2, 3, { prepared: [certificate({ view: 2, sequence: 1, digest: digestOf(2) })] }),
      viewChange(0, 3, { prepared: [certificate({ view: 1, sequence: 1, digest: digestOf(1) })] }),
    ];
    expect(computeProposals(changes).proposals).toEqual([{ sequence: 1, digest: digestOf(2) }]);
  });

  test('min-s is the latest stable checkpoint in V: nothing at or below it is proposed', () => {
    const changes = [viewChange(1, 1, { stable: 2, checkpointProof: checkpointProof(2, 5) }), viewChange(2, 1), viewChange(3, 1)];
    expect(computeProposals(changes)).toEqual({ minS: 2, proposals: [] });
  });

  test('f + 1 VIEW-CHANGEs pull a replica along, to the smallest of their views', () => {
    const target = replica(3);
    target.deliver(viewChange(0, 3));
    expect(target.it.active).toBe(true);
    target.deliver(viewChange(0, 3));
    expect(target.it.active).toBe(true);
    target.deliver(viewChange(2, 2));
    expect(target.it).toMatchObject({ active: false, view: 2 });
    expect(sent(target.out, TYPE.viewChange)).toMatchObject([{ view: 2, signer: 3 }]);
  });

  test('a request prepared at one correct replica survives the view change', () => {
    // Replica 3 alone prepared request 1 in view 0; its certificate is in V, so O re-proposes it and all execute it.
    const prepared = [certificate({ view: 0, sequence: 1, digest: digestOf(1) })];
    const target = replica(2);
    target.deliver(newView(1, [viewChange(1, 1), viewChange(2, 1), viewChange(3, 1, { prepared })]));
    for (const id of [0, 3]) target.deliver(vote(TYPE.prepare, id, { view: 1 }));
    for (const id of [0, 1, 3]) target.deliver(vote(TYPE.commit, id, { view: 1 }));
    // It never saw the batch: it asks the others for it and executes once it comes.
    expect(sent(target.out, TYPE.fetchBatch)).toMatchObject([{ digest: digestOf(1) }]);
    expect(target.it.lastExecuted).toBe(0);
    target.deliver(vote(TYPE.batch, 3, { view: 1 }));
    expect(target.it).toMatchObject({ lastExecuted: 1, lastTimestamp: 1 });
  });

  test('while it changes the view a replica accepts CHECKPOINT, VIEW-CHANGE and NEW-VIEW only', () => {
    const target = replica(3);
    target.it.step({ kind: 'timer', now_us: 0, id: 'view change' }, target.out);
    target.deliver(prePrepare());
    expect(sent(target.out, TYPE.prepare)).toHaveLength(0);
  });

  test('P5 timers double: T, T, 2T, 4T after the first, second, third and fourth view change in a row', () => {
    const { timeout_us, wait_us } = replica(1).it.rules;
    expect([0, 1, 2, 3, 4].map((attempts) => wait_us(attempts) / timeout_us)).toEqual([1, 1, 2, 4, 8]);
  });

  test.each([
    ['qbft', [10, 20, 40, 80, 160, 320]],
    ['ibft', [10, 12, 14, 18, 26, 42]],
  ])('Q1 the round timers of %s with a request timeout of 10 s: %j s', (timeout_growth, seconds) => {
    const { wait_us } = replica(1, { parameters: { timeout_growth, view_change_timeout_ms: 10_000 } }).it.rules;
    expect(seconds.map((_, round) => wait_us(round) / 1e6)).toEqual(seconds);
  });

  test('P5 k silent leaders in a row cost T (1 + 2 + ... ) more: the view advances by k', () => {
    const T_ms = 1000;
    const at = (count: number): { viewChanges: number | undefined; latency_ms: number } => {
      // n = 13, f = 4.
      const cell = makeCell(pbft, {
        nodes: 13,
        decisions: 1,
        network: fixed(10),
        fault: { kind: 'silent-leader', count },
        parameters: { view_change_timeout_ms: T_ms, client_timeout_ms: T_ms },
      });
      const setup = setupOf(cell, pbft, { kernels: simulationKernels });
      const outcome = pbft.engines.messages!(setup as never);
      return { viewChanges: outcome.viewChanges, latency_ms: outcome.latencies_us[0]! / 1000 };
    };
    // Client timeout, request, then T before view 1; 10 ms of VIEW-CHANGE; T for view 1's primary; 2T for view 2's. The
    // NEW-VIEW and the pre-prepare travel together: four delays to the reply.
    expect(at(1)).toEqual({ viewChanges: 1, latency_ms: 1000 + 10 + (1000 + 10) + 40 });
    expect(at(2)).toEqual({ viewChanges: 2, latency_ms: 1000 + 10 + (1000 + 10) + (1000 + 10) + 40 });
    expect(at(3)).toEqual({ viewChanges: 3, latency_ms: 1000 + 10 + (1000 + 10) + (1000 + 10) + (2000 + 10) + 40 });
  });
});

// --- whole runs --------------------------------------------------------------------------------------------------------

describe('message counts and delays', () => {
  test.each([
    [4, 24],
    [7, 84],
    [10, 180],
    [13, 312],
    [16, 480],
  ])('P1 n = %i: 2n(n - 1) = %i messages a decision without faults, and with the client 2n^2 - n + 1', (nodes, expected) => {
    for (const engine of ['waves', 'messages'] as const) {
      const { outcome } = simulate(pbft, { nodes }, { engine });
      expect(outcome.counts.messages / outcome.divisor).toBe(expected);
      expect(expected + 1 + nodes).toBe(2 * nodes * nodes - nodes + 1);
      expect(outcome.counts.votes! / outcome.divisor).toBe((nodes - 1) * (2 * nodes - 1));
    }
  });

  test.each([
    [4, 18],
    [7, 60],
    [10, 126],
    [13, 216],
    [16, 330],
  ])('P3 n = %i with f crashed: (n - 1)(2n - 2f) = %i messages a decision', (nodes, expected) => {
    for (const engine of ['waves', 'messages'] as const) {
      const { outcome } = simulate(pbft, { nodes, fault: { kind: 'crash', count: (nodes - 1) / 3 } }, { engine });
      expect(outcome.counts.messages / outcome.divisor).toBe(expected);
    }
  });

  test('P2 section 5.1: tentative execution takes four message delays, a read-only request two', () => {
    for (const [parameters, delays] of [
      [{ execution: 'tentative' }, 4],
      [{ requests: 'read-only' }, 2],
    ] as const)
      for (const engine of ['auto', 'messages'] as const)
        for (const nodes of [4, 5, 13]) {
          const { outcome } = simulate(pbft, { nodes, network: fixed(100), node: FREE, parameters }, { engine });
          expect(outcome).toMatchObject({ state: 'done', safety: 'ok', durability: 'ok' });
          expect(new Set(outcome.latencies_us)).toEqual(new Set([delays * 100_000]));
          // A read is a request to each replica and a reply of each, which are the client's: 2n in all.
          expect(outcome.counts.messages / outcome.divisor).toBe(delays === 2 ? 0 : 2 * nodes * (nodes - 1));
        }
  });

  test('section 5.1: the client waits for a quorum of tentative replies, f + 1 are not enough', () => {
    const stalls = simulate(pbft, { fault: { kind: 'crash', count: 2 }, parameters: { requests: 'read-only' } }).outcome;
    expect(stalls).toMatchObject({ state: 'stalled', decisions: 0 });
    const { client } = pbftMechanism(pbftSetup({ nodes: 7, parameters: { execution: 'tentative' } }));
    expect(client).toMatchObject({ replies: 3, tentativeReplies: 5 });
  });

  test('P2 a decision takes five message delays: request, pre-prepare, prepare, commit, reply', () => {
    for (const delay_ms of [1, 100])
      for (const nodes of [4, 5, 13]) {
        const { outcome } = simulate(pbft, { nodes, network: fixed(delay_ms), node: FREE });
        expect(new Set(outcome.latencies_us)).toEqual(new Set([5 * delay_ms * 1000]));
      }
  });

  test('P8 an authenticator is 30 floor((n - 1)/3) bytes: one 10-byte MAC for each other replica', () => {
    for (const nodes of [4, 7, 10, 13]) {
      const signed = simulate(pbft, { nodes, decisions: 1 }).outcome.counts;
      const maced = simulate(pbft, { nodes, decisions: 1, parameters: { authentication: 'mac' } }).outcome.counts;
      expect((signed.bytes - maced.bytes) / signed.messages).toBe(64 - 30 * Math.floor((nodes - 1) / 3));
      expect(maced).toMatchObject({ signs: 0, verifies: 0 });
      // Every multicast n - 1, every reply one; a pre-prepare and each quorum's votes are checked.
      const quorum = byzantineQuorum(nodes);
      const made = 2 * nodes * (nodes - 1) + nodes;
      const checked = nodes - 1 + (nodes - 1) * (quorum - 2) + (quorum - 1) + nodes * (quorum - 1);
      expect(maced.macs).toBe(made + checked);
    }
  });

  test('signatures, verifications and batches of a decision follow from the quorums', () => {
    for (const nodes of [4, 6, 7, 10]) {
      const { counts } = simulate(pbft, { nodes, decisions: 1 }).outcome;
      const quorum = byzantineQuorum(nodes);
      expect(counts.signs).toBe(1 + (nodes - 1) + nodes + nodes);
      expect(counts.verifies).toBe(nodes - 1 + (nodes - 1) * (quorum - 2) + (quorum - 1) + nodes * (quorum - 1));
    }
  });
});

test('latency at replicas: 791 ± 11 ms at n = 16 on normal(250, 50) ms', () => {
  const cell = { nodes: 16, decisions: 200, network: { kind: 'normal' as const, mean_ms: 250, sd_ms: 50, ...LINK } };
  for (const engine of ['waves', 'messages'] as const) {
    const { outcome } = simulate(pbft, { ...cell, transactions: { bytes: 1, per_decision: 1 } }, { engine });
    const latencies_us = outcome.replicaLatencies_us!;
    const mean_ms = latencies_us.reduce((sum, us) => sum + us, 0) / latencies_us.length / 1000;
    expect(latencies_us).toHaveLength(200);
    expect(Math.abs(mean_ms - 791)).toBeLessThan(11);
    // The client's latency has its request's and the replies' ways besides.
    expect(outcome.latencies_us.every((us, i) => us > latencies_us[i]!)).toBe(true);
  }
});

test('latency at replicas is three delays from the proposal that got committed, after view changes too', () => {
  const fault = { kind: 'silent-leader' as const, count: 2 };
  for (const network of [fixed(10), fixed(100)])
    expect(simulate(pbft, { nodes: 7, network, decisions: 4, fault }).outcome).toMatchObject({
      viewChanges: 2,
      replicaLatencies_us: Array.from({ length: 4 }, () => 3 * (network as { delay_ms: number }).delay_ms * 1000),
    });
  // Of the forks at f + 1 equivocators neither half is a commit quorum: no figure rather than one of survivors.
  expect(simulate(pbft, { fault: { kind: 'equivocate', count: 2 } }).outcome.replicaLatencies_us).toBeUndefined();
});

describe('faults up to the bound and past it', () => {
  const bounds = [
    [4, 1],
    [7, 2],
    [10, 3],
  ] as const;

  test.each(bounds)('n = %i: f = %i crashed decide, f + 1 stall: safety ok, liveness violated', (nodes, f) => {
    for (const engine of ['waves', 'messages'] as const) {
      expect(simulate(pbft, { nodes, fault: { kind: 'crash', count: f } }, { engine }).outcome).toMatchObject({
        state: 'done',
        safety: 'ok',
        liveness: 'ok',
      });
      expect(simulate(pbft, { nodes, fault: { kind: 'crash', count: f + 1 } }, { engine }).outcome).toMatchObject({
        state: 'stalled',
        decisions: 0,
        safety: 'ok',
        liveness: 'violated',
      });
    }
  });

  test.each(bounds)('P6 n = %i: f + 1 = 1 + %i equivocators fork it, f never', (nodes, f) => {
    for (let seed = 1; seed <= 20; seed++)
      for (const network of [fixed(100), WAN]) {
        const run = (count: number) => simulate(pbft, { nodes, seed, network, fault: { kind: 'equivocate', count } }).outcome;
        expect(run(f)).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok' });
        expect(run(f + 1)).toMatchObject({ state: 'done', safety: 'violated' });
      }
  });

  test('P7 n = 5 and 6: one equivocator forks quorums of 2f + 1, and does not fork ceil(2n/3)', () => {
    for (const nodes of [5, 6])
      for (let seed = 1; seed <= 20; seed++) {
        const run = (quorum: string) =>
          simulate(pbft, { nodes, seed, network: WAN, fault: { kind: 'equivocate', count: 1 }, parameters: { quorum } }).outcome;
        expect(run('2f+1')).toMatchObject({ state: 'done', safety: 'violated' });
        expect(run('2n/3')).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok' });
      }
  });

  test('P7 n = 5 and 6: one equivocator does not fork quorums of ceil((n + f + 1)/2), and batches missed meanwhile are fetched once', () => {
    for (const nodes of [5, 6])
      for (let seed = 1; seed <= 20; seed++) {
        const { outcome } = simulate(pbft, { nodes, seed, decisions: 30, network: WAN, fault: { kind: 'equivocate', count: 1 } });
        expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok' });
        expect(outcome.events).toBeLessThan(10_000);
      }
  });

  test.each(['silent-leader', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'partition'] as const)(
    '%s: f of them are masked',
    (kind) => {
      for (const [nodes, f] of bounds) {
        const fault = { kind, count: f, ...(kind === 'partition' ? { until_s: 2 } : {}), ...(kind === 'delay' ? { delay_ms: 500 } : {}) };
        const { outcome } = simulate(pbft, { nodes, network: WAN, node: SERVER, fault });
        expect(outcome).toMatchObject({
          state: 'done',
          safety: 'ok',
          liveness: 'ok',
          viewChanges: kind === 'silent-leader' ? f : 0,
          durability: 'ok',
        });
      }
    },
  );

  test('a partition without a quorum on either side holds decisions until it heals, then they go on', () => {
    const fault = { kind: 'partition' as const, count: 2, from_s: 0, until_s: 30 };
    const { outcome } = simulate(pbft, { network: WAN, fault });
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok', liveness: 'ok' });
    expect(outcome.latencies_us[0]).toBeGreaterThan(30e6);
    expect(outcome.latencies_us[9]).toBeLessThan(1e6);
  });

  test('a replica that was down while others went past a checkpoint fetches the state', () => {
    const lines: TraceLine[] = [];
    const { outcome } = simulate(
      pbft,
      {
        network: fixed(10),
        decisions: 100,
        fault: { kind: 'crash', count: 1, until_s: 3 },
        parameters: { checkpoint_interval: 50, log_window: 100, view_change_timeout_ms: 4000 },
      },
      { trace: (line) => lines.push(line) },
    );
    expect(outcome).toMatchObject({ state: 'done', safety: 'ok' });
    expect(lines.some(({ node, text }) => node === 'replica 3' && text.includes('STATE'))).toBe(true);
    expect(
      lines.filter(({ text, node }) => node === 'client' && text.includes('REPLY') && text.includes('replica 3')).length,
    ).toBeGreaterThan(5);
  });

  test('replayed votes change no tally', () => {
    const clean = simulate(pbft, { nodes: 7, network: fixed(100) }).outcome;
    const replayed = simulate(pbft, { nodes: 7, network: fixed(100), fault: { kind: 'replay', count: 2 } }).outcome;
    expect(replayed.latencies_us).toEqual(clean.latencies_us);
    expect(replayed.counts.verifies).toBe(clean.counts.verifies);
    expect(replayed.counts.messages).toBeGreaterThan(clean.counts.messages);
  });

  test('loss is made good: every try is counted, nothing is lost', () => {
    const { outcome } = simulate(pbft, { nodes: 10, decisions: 50, network: { ...WAN, loss: 0.1 } as never });
    const { outcome: clean } = simulate(pbft, { nodes: 10, decisions: 50, network: WAN });
    expect(outcome.state).toBe('done');
    const tries = outcome.counts.messages / clean.counts.messages;
    // 1 / (1 - 0.1) tries a message; 9 000 messages give a standard error of 0.0037.
    expect(Math.abs(tries - 1 / 0.9)).toBeLessThan(4 * 0.0037);
  });
});

describe('transcripts', () => {
  const transcript = (options: CellOptions): string => transcriptOf((trace) => simulate(pbft, options, { trace }), { name_chars: 9 });
  // Rewrite with `npx vitest run -u`; commit a changed transcript only if you understand why it changed.
  test('one decision of four replicas', async () => {
    await expect(transcript({ decisions: 1 })).toMatchFileSnapshot('../../golden/pbft-normal-case.txt');
  });
  test('a silent leader', async () => {
    await expect(transcript({ decisions: 1, fault: { kind: 'silent-leader', count: 1 } })).toMatchFileSnapshot(
      '../../golden/pbft-silent-leader.txt',
    );
  });
  test('an equivocating primary and one colluder', async () => {
    await expect(transcript({ decisions: 1, fault: { kind: 'equivocate', count: 2 } })).toMatchFileSnapshot(
      '../../golden/pbft-equivocation.txt',
    );
  });
});
