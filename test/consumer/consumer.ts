// What a program in TypeScript that uses the package may write, compiled against its published declarations with all checks on
// (test/long/package-declarations, and the package's step of .ci/run). It is compiled, not run.
import {
  BACKENDS,
  NEVER_US,
  UserError,
  buildNetwork,
  createKernels,
  loadSuite,
  planSuite,
  readRecords,
  resumeRun,
  runSuite,
  sendKeys,
  suiteOf,
  suiteYaml,
  upload_ns,
  wasmBackend,
  workloads,
  type Backend,
  type BatchResult,
  type Cell,
  type CellRecord,
  type DoneRecord,
  type Ed25519,
  type ExpandedKeys,
  type Kernels,
  type KnownSignedMessage,
  type Network,
  type NetworkSpec,
  type NonceSearch,
  type NonceSearchResult,
  type Outcome,
  type RolledSearch,
  type RunOptions,
  type RunResult,
  type SignedMessage,
  type SigningKey,
  type Suite,
  type Tally,
  type TallyReport,
  type TallyShape,
  type VoteStream,
  type Wave,
  type WaveField,
  type Workload,
} from 'consensus-bench';

export function kernels(backend: Backend = wasmBackend()): BatchResult {
  const all: Kernels = createKernels(backend);
  const ed25519: Ed25519 = all.ed25519;
  const key: SigningKey = ed25519.key(new Uint8Array(32));
  const message = Uint8Array.of(1, 2, 3);
  const item: SignedMessage = { publicKey: key.publicKey, message, signature: ed25519.sign(key, message) };
  const set: ExpandedKeys = ed25519.expand([key.publicKey]);
  const known: KnownSignedMessage = { key: 0, message, signature: item.signature };
  // @ts-expect-error An item that names a known key carries none of its own.
  const both: KnownSignedMessage = { key: 0, ...item };
  return ed25519.verify(item) ? set.verifyBatch([known, both]) : ed25519.verifyBatch([item]);
}

export function searches({ nonceSearch, rolledSearch }: Kernels): number {
  const search: NonceSearch = { header: new Uint8Array(80), target: new Uint8Array(32), firstNonce: 0, count: 1, rounds: 2 };
  const found: NonceSearchResult = nonceSearch(search);
  const rolled: RolledSearch = { ...search, versions: Uint32Array.of(1) };
  return found.tried + rolledSearch(rolled).tried;
}

export function quorums(all: Kernels): TallyReport {
  const spec: NetworkSpec = { kind: 'fixed', delay_ms: 100 };
  const network: Network = buildNetwork(spec);
  const field: WaveField = all.openWaves(network, 1);
  const { delay, loss } = sendKeys(1, { type: 1, view: 0, sequence: 1, sender: 0 });
  const wave: Wave = {
    start_us: Int32Array.of(NEVER_US),
    own_us: Int32Array.of(0),
    delayKeyA: Int32Array.of(delay.a),
    delayKeyB: Int32Array.of(delay.b),
    lossKeyA: Int32Array.of(loss.a),
    lossKeyB: Int32Array.of(loss.b),
    upload_ns: upload_ns(network, 200, 0),
    receivers: Int32Array.of(0),
    need: 1,
  };
  field.reach(wave, new Int32Array(1));
  const shape: TallyShape = { senders: 1, firstSequence: 0, sequences: 1, firstView: 0, views: 1, phases: 1 };
  const tally: Tally = all.openTally(shape);
  const zero = new Int32Array(1);
  const votes: VoteStream = { length: 1, view: zero, sequence: zero, phase: new Uint8Array(1), sender: zero, digest: zero };
  return tally.add(votes);
}

export async function run(options: RunOptions): Promise<number> {
  const suite: Suite = suiteOf({ name: 'consumer', sweep: { nodes: [4] }, workloads: { pbft: {} } });
  const cells: Cell[] = [...planSuite(suite)];
  const result: RunResult = await runSuite(suite, options);
  let done = 0;
  for await (const record of readRecords(result.dir)) {
    const row: CellRecord = record;
    if (row.state === 'done') {
      const { messages_per_decision }: DoneRecord = row;
      done += messages_per_decision === null ? 0 : 1;
    }
  }
  try {
    await resumeRun(result.dir);
    loadSuite('suite.yaml');
  } catch (error) {
    if (error instanceof UserError) return error.exitStatus;
    throw error;
  }
  return done + cells.length + suiteYaml(suite).length;
}

export const mechanisms: ReadonlyMap<string, Workload> = workloads;
export const backends: readonly Backend[] = BACKENDS;
export type Result = Outcome;
