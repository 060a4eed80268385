// Status messages and what is sent again (M. Castro, "Practical Byzantine Fault Tolerance", MIT thesis, 2001, section 5.2), and what is
// written before anybody hears of it: single replicas, stepped by hand.
import { describe, expect, test } from 'vitest';
import { Outbox } from '../../../harness/simulate/messages/engine.ts';
import type { Input } from '../../../harness/simulate/messages/protocol.ts';
import { HAS, NewView, PbftMessage, Status, TYPE, ViewChange } from '../../../workloads/pbft/messages.ts';
import { digestOf } from '../../../workloads/parts/messages.ts';
import { Replica } from '../../../workloads/pbft/replica.ts';
import { SERVER, type CellOptions } from '../../cells.ts';
import { stand } from './stand.ts';

type Action = Outbox<PbftMessage>['actions'][number];
const FRAME_BYTES = 49 + 64;
const RETURNS: CellOptions = { node: SERVER, fault: { kind: 'crash', count: 1, from_s: 1, until_s: 2 } };

function replica(id: number, options: CellOptions = {}) {
  const { run, seat, log } = stand(id, options);
  const out = new Outbox<PbftMessage>();
  const it = seat.state as Replica;
  const step = (input: Input<PbftMessage>): Action[] => {
    out.actions.length = 0;
    run.step(seat, input, out);
    // Work takes no time here; writes end when a test says so.
    for (let i = 0; i < out.actions.length; i++) {
      const action = out.actions[i]!;
      if (action.kind === 'work') run.step(seat, { kind: 'work', now_us: 0, token: action.token }, out);
    }
    return [...out.actions];
  };
  const deliver = (message: PbftMessage, from = message.signer): Action[] => step({ kind: 'message', now_us: 0, from, message });
  return { it, step, deliver, log };
}
const vote = (type: number, signer: number, fields: { view?: number; sequence?: number; digest?: number } = {}): PbftMessage =>
  new PbftMessage({ type, view: 0, sequence: 1, digest: digestOf(1), bytes: FRAME_BYTES, ...fields, signer });
const viewChange = (signer: number, view: number): ViewChange =>
  new ViewChange({ view, signer, stable: 0, checkpointProof: [], prepared: [], authenticator_bytes: 64 });
const newView = (view: number, signers: readonly number[]): NewView =>
  new NewView({ view, signer: view % 4, viewChanges: signers.map((signer) => viewChange(signer, view)), proposals: [] });
function status(signer: number, fields: { active?: boolean; view?: number; lastExecuted?: number; has?: readonly number[] } = {}): Status {
  const { active = true, view = 0, lastExecuted = 0, has = active ? [] : [0, 0, 0, 0] } = fields;
  const all = { active, view, lastExecuted, stable: 0, isAnswer: true, has: Uint8Array.from(has) };
  return new Status({ ...all, signer, frame_bytes: FRAME_BYTES });
}
const sends = (actions: readonly Action[]) =>
  actions.flatMap((action) => (action.kind === 'send' || action.kind === 'multicast' ? [action.message] : []));
const types = (actions: readonly Action[]) => sends(actions).map(({ type }) => type);

describe('a status and its answers', () => {
  test('the encoding is as long as the message says, and two bits a sequence number can be read from it', () => {
    const digest = (): Uint8Array => new Uint8Array(32);
    const active = status(2, { has: [HAS.committed, HAS.nothing, HAS.prepared, HAS.prePrepare, HAS.prepared] });
    const bytes = active.encode(digest);
    expect(active.bytes).toBe(bytes.length + 64);
    expect([...bytes.subarray(49 + 13)]).toEqual([0b01_10_00_11, 0b10]);
    const pending = status(2, { active: false, view: 1, has: [1, 0, 1, 1] });
    expect(pending.bytes).toBe(pending.encode(digest).length + 64);
    expect([...pending.encode(digest).subarray(49 + 9)]).toEqual([0b1101]);
  });

  test('a replica sends its own PREPARE and COMMIT of what is not committed elsewhere, the primary its PRE-PREPARE', () => {
    const backup = replica(1);
    backup.deliver(vote(TYPE.prePrepare, 0));
    expect(types(backup.deliver(status(3)))).toEqual([TYPE.prepare]);
    for (const id of [2, 3]) backup.deliver(vote(TYPE.prepare, id));
    expect(types(backup.deliver(status(3)))).toEqual([TYPE.prepare, TYPE.commit]);
    expect(types(backup.deliver(status(3, { has: [HAS.prepared] })))).toEqual([TYPE.commit]);
    expect(types(backup.deliver(status(3, { has: [HAS.committed] })))).toEqual([]);
  });

  test('who waits for a NEW-VIEW gets it from its primary and the f replicas after that, and from no other', () => {
    const senders = [1, 2, 3, 0].filter((id) => {
      const target = replica(id);
      target.deliver(newView(1, [1, 2, 3]));
      return types(target.deliver(status((id + 1) % 4, { active: false, view: 1 }))).includes(TYPE.newView);
    });
    expect(senders).toEqual([1, 2]);
  });

  test('who lacks a VIEW-CHANGE gets it again, who has it does not', () => {
    const target = replica(3);
    target.step({ kind: 'timer', now_us: 0, id: 'view change' });
    expect(types(target.deliver(status(2, { active: false, view: 1 })))).toEqual([TYPE.viewChange]);
    expect(types(target.deliver(status(2, { active: false, view: 1, has: [0, 0, 1, 1] })))).toEqual([]);
    expect(types(target.deliver(status(2, { view: 0 })))).toEqual([TYPE.viewChange]);
  });

  test('the wait for the next status doubles while there is nothing new to say', () => {
    const target = replica(3);
    target.step({ kind: 'timer', now_us: 0, id: 'view change' });
    const waits = [1, 2, 3, 4].map(() => {
      const actions = target.step({ kind: 'timer', now_us: 0, id: 'status' });
      expect(types(actions)).toEqual([TYPE.statusPending]);
      return actions.flatMap((action) => (action.kind === 'timer' && action.id === 'status' ? [action.delay_us] : []))[0]!;
    });
    expect(waits.map((wait_us) => wait_us / waits[0]!)).toEqual([1, 2, 4, 8]);
    target.deliver(viewChange(2, 1));
    const [again] = target.step({ kind: 'timer', now_us: 0, id: 'status' }).filter(({ kind }) => kind === 'timer');
    expect(again).toMatchObject({ delay_us: waits[0] });
  });

  test('who waits for nothing says nothing', () => {
    expect(replica(3).step({ kind: 'timer', now_us: 0, id: 'status' })).toEqual([]);
  });
});

describe('bounded buffers', () => {
  test('of a view to come at most three messages a sequence number are kept of each sender, those of its highest view', () => {
    const target = replica(3, { parameters: { checkpoint_interval: 2, log_window: 4 } });
    for (let i = 0; i < 100; i++) target.deliver(vote(TYPE.commit, 2, { view: 5, sequence: i + 1 }));
    expect(target.it.future).toHaveLength(12);
    target.deliver(vote(TYPE.commit, 1, { view: 4 }));
    target.deliver(vote(TYPE.commit, 2, { view: 6 }));
    target.deliver(vote(TYPE.commit, 2, { view: 5 }));
    expect(target.it.future.map(({ from, message }) => [from, message.view])).toEqual([
      [1, 4],
      [2, 6],
    ]);
  });

  test('a replica that asks for view after view fills no memory', () => {
    const target = replica(3);
    for (let view = 1; view <= 50; view++) target.deliver(viewChange(2, view));
    expect([...target.it.viewChanges.keys()]).toEqual([47, 48, 49, 50]);
  });
});

describe('what survives a crash is written before anybody hears of it', () => {
  const writes = (actions: readonly Action[]) => actions.flatMap((action) => (action.kind === 'persist' ? [action] : []));

  test('PREPARE waits for the PRE-PREPARE to be written, COMMIT for the certificate', () => {
    const target = replica(1, RETURNS);
    const accepted = target.deliver(vote(TYPE.prePrepare, 0));
    expect(types(accepted)).toEqual([]);
    const [first] = writes(accepted);
    expect(types(target.step({ kind: 'persisted', now_us: 0, token: first!.token }))).toEqual([TYPE.prepare]);
    // With its own that makes q - 1.
    const prepared = target.deliver(vote(TYPE.prepare, 2));
    expect(types(prepared)).toEqual([]);
    const [second] = writes(prepared);
    expect(types(target.step({ kind: 'persisted', now_us: 0, token: second!.token }))).toEqual([TYPE.commit]);
  });

  test('a replica comes back with its view, its certificates and what it had executed, and says so', () => {
    const before = replica(1, RETURNS);
    const records: unknown[] = [];
    const deliver = (message: PbftMessage): void => {
      for (const { record, token } of writes(before.deliver(message))) {
        records.push(record);
        before.step({ kind: 'persisted', now_us: 0, token });
      }
    };
    for (const sequence of [1, 2]) {
      deliver(vote(TYPE.prePrepare, 0, { sequence, digest: digestOf(sequence) }));
      for (const id of [2, 3]) deliver(vote(TYPE.prepare, id, { sequence, digest: digestOf(sequence) }));
    }
    for (const id of [0, 2, 3]) deliver(vote(TYPE.commit, id));
    expect(before.it).toMatchObject({ lastExecuted: 1, lastTimestamp: 1 });
    const after = replica(1, RETURNS);
    const said = after.step({ kind: 'recover', now_us: 0, persisted: records });
    expect(after.it).toMatchObject({ view: 0, active: true, lastExecuted: 1, lastTimestamp: 1, stateDigest: before.it.stateDigest });
    expect([...after.it.certificates.keys()]).toEqual([1, 2]);
    const [{ has }] = sends(said) as [Status];
    expect([...has]).toEqual([HAS.prepared]);
    // Never two digests for one view and sequence number, whatever happened in between.
    expect(types(after.deliver(vote(TYPE.prePrepare, 0, { sequence: 2, digest: digestOf(9) })))).toEqual([]);
    expect(types(after.deliver(status(3, { lastExecuted: 1 })))).toEqual([TYPE.prepare, TYPE.commit]);
  });

  test('where nobody comes back nothing is written', () => {
    for (const fault of [
      { kind: 'crash', count: 1, from_s: 1 },
      { kind: 'crash', count: 0, from_s: 1, until_s: 2 },
    ] as const)
      expect(writes(replica(1, { node: SERVER, fault }).deliver(vote(TYPE.prePrepare, 0)))).toEqual([]);
  });
});
