// The quorum kernels in WASM (assembly/quorum.ts): memory ownership and copying at the border.
import type { Network } from '../model/network.ts';
import { lengthOf, oneAtATime, partOf, wordsOf, type OneAtATime } from './border.ts';
import type { Kernels, QuorumKernels, Tally, TallyShape, VoteStream, WaveField } from '../model/kernels.ts';
import { instantiate, type WasmBuild } from './load.ts';
import {
  badVote,
  checkTallyWindow,
  readField,
  readLots,
  readPlace,
  readTallyShape,
  readVotes,
  readWave,
  type WaveRead,
} from './quorum-border.ts';

/** A pointer or counter that the module exports. */
type Exported = WebAssembly.Global<'i32'>;
interface QuorumExports {
  readonly memory: WebAssembly.Memory;
  draw32(a: number, b: number, receiver: number, attempt: number): number;

  drawnAtMost(a: number, b: number, from: number, count: number, most: number): number;
  readonly LOTTERY_CHUNK: Exported;
  readonly found: Exported;

  openWaves(nodes: number, regions: number): void;
  reach(receivers: number, need: number, upload_ns: number, ownUploads: number, lossThreshold: number, rto_us: number): void;
  extraTries(lossThreshold: number): number;
  readonly table: Exported;
  readonly start: Exported;
  readonly own: Exported;
  readonly delayA: Exported;
  readonly delayB: Exported;
  readonly lossA: Exported;
  readonly lossB: Exported;
  readonly uploads: Exported;
  readonly receivers: Exported;
  readonly reached: Exported;

  openTally(senders: number, sequences: number, views: number, phases: number): void;
  resetTally(firstSequence: number, firstView: number): void;
  beginVotes(): void;
  addVotes(count: number): number;
  countVotes(view: number, sequence: number, phase: number, digest: number): number;
  readonly CHUNK: Exported;
  readonly viewColumn: Exported;
  readonly sequenceColumn: Exported;
  readonly senderColumn: Exported;
  readonly digestColumn: Exported;
  readonly phaseColumn: Exported;
  readonly accepted: Exported;
  readonly duplicate: Exported;
  readonly conflicting: Exported;
  readonly outside: Exported;
}

/** A fresh instance with its own memory. */
export function instantiateQuorum({ simd, debug }: WasmBuild): QuorumExports {
  return instantiate<QuorumExports>(simd ? 'quorum-simd' : 'quorum', { debug });
}

/** Below this many elements a loop is faster than TypedArray.prototype.set (measured: 20 ns a call at least). */
const LOOP_ELEMENTS = 32;

/** Copies an array of `count` elements. */
function copy(to: Int32Array, at: number, from: Int32Array, count: number): void {
  if (count > LOOP_ELEMENTS) to.set(from, at);
  else for (let i = 0; i < count; i++) to[at + i] = from[i]!;
}

/** Opens wave fields on one instance; the field used last owns its memory, another one moves in when it is used. */
function waveFields(build: WasmBuild, alone: OneAtATime): Kernels['openWaves'] {
  let wasm: QuorumExports | undefined;
  let words = new Int32Array(0);
  let owner: WaveField | undefined;
  // Places in `words`.
  let start = 0;
  let own = 0;
  let delayA = 0;
  let delayB = 0;
  let lossA = 0;
  let lossB = 0;
  let uploads = 0;
  let receivers = 0;
  let reached = 0;

  function moveIn(field: WaveField, network: Network, nodes: number): QuorumExports {
    wasm ??= instantiateQuorum(build);
    wasm.openWaves(nodes, network.regions);
    words = new Int32Array(wasm.memory.buffer);
    words.set(network.quantiles_us, wasm.table.value >>> 2);
    start = wasm.start.value >>> 2;
    own = wasm.own.value >>> 2;
    delayA = wasm.delayA.value >>> 2;
    delayB = wasm.delayB.value >>> 2;
    lossA = wasm.lossA.value >>> 2;
    lossB = wasm.lossB.value >>> 2;
    uploads = wasm.uploads.value >>> 2;
    receivers = wasm.receivers.value >>> 2;
    reached = wasm.reached.value >>> 2;
    owner = field;
    return wasm;
  }

  return (given, nodes) => {
    const network = readField(given, nodes);
    const { lossThreshold, rto_us, maxDelay_us } = network;
    const limits = { nodes, maxDelay_us };

    function enter(wave: WaveRead): QuorumExports {
      const kernel = owner === field ? wasm! : moveIn(field, network, nodes);
      copy(words, start, wave.start_us, nodes);
      if (lossThreshold !== 0) {
        copy(words, lossA, wave.lossKeyA, nodes);
        copy(words, lossB, wave.lossKeyB, nodes);
      }
      return kernel;
    }

    const field: WaveField = alone<WaveField>({
      reach(given, reached_us) {
        const wave = readWave(given, reached_us, limits);
        const { count } = wave;
        const kernel = enter(wave);
        copy(words, own, wave.own_us, nodes);
        copy(words, delayA, wave.delayKeyA, nodes);
        copy(words, delayB, wave.delayKeyB, nodes);
        copy(words, receivers, wave.receivers, count);
        const { upload_ns } = wave;
        const isOwn = typeof upload_ns !== 'number';
        if (isOwn) copy(words, uploads, upload_ns, nodes);
        kernel.reach(count, wave.need, isOwn ? 0 : upload_ns, isOwn ? 1 : 0, lossThreshold, rto_us);
        if (count > LOOP_ELEMENTS) wordsOf(reached_us, 0, lengthOf(reached_us)).set(words.subarray(reached, reached + count));
        else for (let i = 0; i < count; i++) reached_us[i] = words[reached + i]!;
      },
      extraTries(given) {
        const wave = readWave(given, null, limits);
        return lossThreshold === 0 ? 0 : enter(wave).extraTries(lossThreshold);
      },
    });
    moveIn(field, network, nodes);
    return field;
  };
}

/** Each tally has an instance of its own: its memory lives and dies with it. */
function openTally(build: WasmBuild, given: TallyShape): Tally {
  const shape = readTallyShape(given);
  const { senders, sequences, views, phases } = shape;
  let { firstSequence, firstView } = shape;
  const wasm = instantiateQuorum(build);
  wasm.openTally(senders, sequences, views, phases);
  wasm.resetTally(firstSequence, firstView);
  const words = new Int32Array(wasm.memory.buffer);
  const bytes = new Uint8Array(wasm.memory.buffer);
  const chunk = wasm.CHUNK.value;
  const view = wasm.viewColumn.value >>> 2;
  const sequence = wasm.sequenceColumn.value >>> 2;
  const sender = wasm.senderColumn.value >>> 2;
  const digest = wasm.digestColumn.value >>> 2;
  const phase = wasm.phaseColumn.value;

  function copyIn(votes: VoteStream, from: number, count: number): void {
    if (count > LOOP_ELEMENTS) {
      words.set(wordsOf(votes.view, from, count), view);
      words.set(wordsOf(votes.sequence, from, count), sequence);
      words.set(wordsOf(votes.sender, from, count), sender);
      words.set(wordsOf(votes.digest, from, count), digest);
      bytes.set(partOf(votes.phase, from, count), phase);
    } else {
      for (let i = 0; i < count; i++) {
        words[view + i] = votes.view[from + i]!;
        words[sequence + i] = votes.sequence[from + i]!;
        words[sender + i] = votes.sender[from + i]!;
        words[digest + i] = votes.digest[from + i]!;
        bytes[phase + i] = votes.phase[from + i]!;
      }
    }
  }

  return {
    add(given) {
      const votes = readVotes(given);
      wasm.beginVotes();
      for (let from = 0; from < votes.length; from += chunk) {
        const count = Math.min(chunk, votes.length - from);
        copyIn(votes, from, count);
        const good = wasm.addVotes(count);
        if (good < count) throw badVote(votes, from + good, shape);
      }
      return {
        accepted: wasm.accepted.value,
        duplicate: wasm.duplicate.value,
        conflicting: wasm.conflicting.value,
        outside: wasm.outside.value,
      };
    },
    count(at) {
      const place = readPlace(at, { shape, firstSequence, firstView });
      return wasm.countVotes(place.view - firstView, place.sequence - firstSequence, place.phase, place.digest);
    },
    reset(newFirstSequence, newFirstView) {
      checkTallyWindow(shape, newFirstSequence, newFirstView);
      firstSequence = newFirstSequence;
      firstView = newFirstView;
      wasm.resetTally(firstSequence, firstView);
    },
  };
}

/** Lotteries have one instance, made when it is first needed. */
function lotteries(build: WasmBuild): Kernels['drawnAtMost'] {
  let wasm: QuorumExports | undefined;
  let words = new Int32Array(0);
  let place = 0;
  let chunk = 0;
  return (given, found) => {
    const { keyA, keyB, receivers, most } = readLots(given, found);
    if (wasm === undefined) {
      wasm = instantiateQuorum(build);
      words = new Int32Array(wasm.memory.buffer);
      place = wasm.found.value >>> 2;
      chunk = wasm.LOTTERY_CHUNK.value;
    }
    let count = 0;
    for (let from = 0; from < receivers; from += chunk) {
      const drawn = wasm.drawnAtMost(keyA, keyB, from, Math.min(chunk, receivers - from), most);
      for (let i = 0; i < drawn; i++) found[count++] = words[place + i]!;
    }
    return count;
  };
}

export function wasmQuorum(build: WasmBuild, alone: OneAtATime = oneAtATime()): QuorumKernels {
  return alone<QuorumKernels>({
    drawnAtMost: lotteries(build),
    openTally: (shape) => alone<Tally>(openTally(build, shape)),
    openWaves: waveFields(build, alone),
  });
}
