// What a block signer signs (consensus.md, "Sign block"; workloads/federated-signing/signer.ts, maySign), one check after another: a signer
// stepped by hand.
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../../harness/simulate/core/load/items.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import { altered } from '../../../harness/simulate/messages/byzantine.ts';
import { Outbox } from '../../../harness/simulate/messages/outbox.ts';
import type { NodeInput } from '../../../harness/simulate/messages/voting/mechanism.ts';
import { VotingRun, type Seat } from '../../../harness/simulate/messages/voting/run.ts';
import federated from '../../../workloads/federated-signing/index.ts';
import { broken } from '../../../workloads/federated-signing/invariants.ts';
import { federatedMechanism, type FederatedState } from '../../../workloads/federated-signing/mechanism.ts';
import { BlockMessage, GENERATOR, TYPE } from '../../../workloads/federated-signing/messages.ts';
import type { FederatedParameters } from '../../../workloads/federated-signing/parameters.ts';
import type { Note, Signer } from '../../../workloads/federated-signing/signer.ts';
import { NULL_DIGEST, digestOf, nextState, otherDigest } from '../../../workloads/parts/messages.ts';
import { makeCell, simulationKernels } from '../../cells.ts';

const NODES = 4;
const QUORUM = 3;
/** A moment at which blocks are asked for. */
const NOW_MS = 10_000;

interface Asked {
  readonly sequence?: number;
  readonly digest?: number;
  readonly signer?: number;
  readonly valid?: boolean;
  readonly previous?: number;
  readonly time_ms?: number;
  readonly quorum?: number;
}

function standOf() {
  const setup = setupOf(makeCell(federated, { nodes: NODES }), federated, { kernels: simulationKernels }) as Setup<FederatedParameters>;
  const schedule = { from_us: 0, until_us: Infinity, rate_tps: null };
  const run = new VotingRun<FederatedState, Note>(setup as Setup, federatedMechanism(setup), schedule);
  const inner = run as unknown as { submit(client: number): number; makeBatch(items: readonly number[]): Batch };
  const digests = Array.from({ length: 3 }, () => digestOf(inner.makeBatch([inner.submit(0)]).id));
  const disk: unknown[] = [];
  let it = (run.init(1) as Seat<FederatedState, Note>).state as Signer;

  /** Work and writes end at once. Returns the SIGNATUREs that it has sent. */
  const step = (input: NodeInput<Note>): BlockMessage[] => {
    const out = new Outbox<Note>();
    it.step(input, out);
    return out.actions.flatMap((action) => {
      if (action.kind === 'work') return step({ kind: 'work', now_us: NOW_MS * 1000, token: action.token });
      if (action.kind === 'persist') {
        disk.push(action.record);
        return step({ kind: 'persisted', now_us: NOW_MS * 1000, token: action.token });
      }
      return action.kind === 'send' && action.message.type === TYPE.signature ? [action.message as BlockMessage] : [];
    });
  };
  const message = (from: number, said: Note) => step({ kind: 'message', now_us: NOW_MS * 1000, from, message: said });
  const requestOf = (asked: Asked = {}): BlockMessage => {
    const { sequence = it.executed + 1, digest = digests[it.executed]!, signer = GENERATOR, valid = true } = asked;
    const { previous = it.state, time_ms = NOW_MS, quorum = QUORUM } = asked;
    const block = { previous, time_ms, quorum };
    return new BlockMessage({ type: TYPE.signRequest, view: 0, sequence, signer, digest, valid, bytes: 0, block });
  };
  return {
    get it() {
      return it;
    },
    digests,
    requestOf,
    /** Is asked by the generator, or by `from` in its name. */
    ask: (asked: Asked = {}, from = asked.signer ?? GENERATOR) => message(from, requestOf(asked)),
    /** The others have signed it, and it is published. */
    publish: (request: BlockMessage) => {
      const proof = [0, 2, 3].map((signer) => altered(request, { type: TYPE.signature, signer }));
      return message(GENERATOR, new BlockMessage({ ...request, type: TYPE.block, block: request.block, proof }));
    },
    crash: () => {
      it = (run.init(1) as Seat<FederatedState, Note>).state as Signer;
      return step({ kind: 'recover', now_us: NOW_MS * 1000, persisted: disk });
    },
  };
}

test('what it signs is the block that the generator asks for', () => {
  const { it, ask, digests } = standOf();
  const [signature] = ask();
  expect(signature).toMatchObject({ type: TYPE.signature, sequence: 1, signer: 1, digest: digests[0] });
  expect(it.signed).toBe(signature);
});

describe('the generator’s signature', () => {
  test('a bad one is refused, and a good one of another signer', () => {
    expect(standOf().ask({ valid: false })).toEqual([]);
    expect(standOf().ask({ signer: 2 })).toEqual([]);
    // Passed on by somebody else.
    expect(standOf().ask({}, 2)).toEqual([]);
  });
});

describe('valid on the current state', () => {
  test('a block that does not follow the last one is refused', () => {
    const one = standOf();
    expect(one.ask({ previous: one.it.state + 1 })).toEqual([]);
  });
  test('a block is looked at when the one before it is there', () => {
    const one = standOf();
    const first = one.requestOf();
    const next = { sequence: 2, digest: one.digests[1]!, previous: nextState(one.it.state, first.digest), time_ms: NOW_MS + 1 };
    expect(one.ask(next)).toEqual([]);
    one.ask();
    const [signature] = one.publish(first);
    expect(signature).toMatchObject({ sequence: 2, digest: one.digests[1] });
  });
  test('transactions that an earlier block has spent are refused, in whatever order they are', () => {
    for (const other of [(digest: number) => digest, otherDigest]) {
      const one = standOf();
      const first = one.requestOf();
      one.ask();
      one.publish(first);
      expect(one.it.executed).toBe(1);
      expect(one.ask({ digest: other(first.digest), time_ms: NOW_MS + 1 })).toEqual([]);
      // Others it signs at that height.
      expect(one.ask({ time_ms: NOW_MS + 1 })).toHaveLength(1);
    }
  });
  test('no block is empty', () => {
    expect(standOf().ask({ digest: NULL_DIGEST })).toEqual([]);
  });
});

describe('height strictly greater than last signed', () => {
  test('never two at a height, whatever differs', () => {
    const one = standOf();
    one.ask();
    for (const other of [{ digest: one.digests[1]! }, { time_ms: NOW_MS + 1 }, { digest: otherDigest(one.digests[0]!) }])
      expect(one.ask(other)).toEqual([]);
  });
  test('asked once more for the block that it has signed it says so once more, and signs nothing anew', () => {
    const one = standOf();
    const [signature] = one.ask();
    expect(one.ask()).toEqual([signature]);
    expect(one.ask({ valid: false })).toEqual([]);
  });
  test('the next height it signs', () => {
    const one = standOf();
    const first = one.requestOf();
    one.ask();
    one.publish(first);
    expect(one.ask({ time_ms: NOW_MS + 1 })).toMatchObject([{ sequence: 2 }]);
  });
  test('after a crash, too', () => {
    const one = standOf();
    const [signature] = one.ask();
    one.crash();
    expect(one.it.signed).toBe(signature);
    expect(one.ask({ digest: one.digests[1]! })).toEqual([]);
    expect(one.ask()).toEqual([signature]);
  });
  test('who signs two at a height, or forgets which it has signed, is found out', () => {
    const one = standOf();
    const [signature] = one.ask();
    const seen = new Map();
    expect(broken([one.it], seen)).toBe('');
    one.it.signed = altered(signature!, { digest: otherDigest(signature!.digest) });
    expect(broken([one.it], seen)).toContain('two blocks at height 1');
    one.it.signed = null;
    expect(broken([one.it], seen)).toContain('does not know of it any more');
  });
});

describe('timestamp', () => {
  test('at most two minutes ahead of its own clock', () => {
    expect(standOf().ask({ time_ms: NOW_MS + 120_001 })).toEqual([]);
    expect(standOf().ask({ time_ms: NOW_MS + 119_999 })).toHaveLength(1);
  });
  test('later than that of the block before', () => {
    for (const [later_ms, signs] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const one = standOf();
      const first = one.requestOf();
      one.ask();
      one.publish(first);
      expect(one.ask({ time_ms: NOW_MS + later_ms })).toHaveLength(signs);
    }
  });
});

test('consensus program: a block that asks for other signatures of the next one is refused', () => {
  expect(standOf().ask({ quorum: QUORUM - 1 })).toEqual([]);
  expect(standOf().ask({ quorum: QUORUM + 1 })).toEqual([]);
});
