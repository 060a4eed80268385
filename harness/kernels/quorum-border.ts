// What the quorum backends share: what they are handed, read once and checked.
import { checkLossThreshold } from '../simulate/core/network.ts';
import { QUANTILES, TABLE_REGIONS, type Network } from '../model/network.ts';
import { checkInteger, checkObject, checkTyped } from './border.ts';
import { NEVER_US, type Lots, type TallyShape, type VoteStream, type Wave } from '../model/kernels.ts';

/** Times that a caller hands in lie below this, microseconds. */
export const TIME_LIMIT_US = 0x40000000;
/** The latest arrival. With loss a time beyond it counts as this one. */
export const LATEST_US = NEVER_US - 1;
export const MAX_NODES = 100_000;
/** The tally's memory: a first-digest word and two bits for each sender of each (view, sequence, phase). */
const MAX_TALLY_ENTRIES = 200_000_000;

/** `array` has the kind and a number of elements in the range; returns that number. */
function checkColumn(name: string, array: unknown, kind: 'Int32Array' | 'Uint8Array', { min, max }: { min: number; max: number }): number {
  const length = checkTyped(name, array, kind);
  if (length < min || length > max) {
    const wanted = min === max ? String(min) : max === Infinity ? `at least ${min}` : `${min}..${max}`;
    throw new RangeError(`${name}: expected ${wanted} elements, received ${length}`);
  }
  return length;
}

/** The network that a wave field is opened for, as it is at that moment: later changes of what the caller keeps change no wave. */
export function readField(network: Network, nodes: number): Network {
  checkInteger('nodes', nodes, { min: 1, max: MAX_NODES });
  checkObject('network', network);
  const { regions, quantiles_us, lossThreshold, rto_us } = network;
  checkInteger('network.regions', regions, { min: 1, max: TABLE_REGIONS });
  const size = regions * regions * QUANTILES;
  checkColumn('network.quantiles_us', quantiles_us, 'Int32Array', { min: size, max: size });
  const table = new Int32Array(quantiles_us);
  let maxDelay_us = 0;
  for (let pair = 0; pair < size; pair += QUANTILES) {
    let least = 0;
    for (let i = pair; i < pair + QUANTILES; i++) {
      const value = table[i];
      if (value < least || value >= TIME_LIMIT_US)
        throw new RangeError(
          `network.quantiles_us[${i}]: expected ${least}..${TIME_LIMIT_US - 1} (ascending in the quantile), received ${value}`,
        );
      least = value;
    }
    maxDelay_us = Math.max(maxDelay_us, least);
  }
  checkInteger('network.lossThreshold', lossThreshold, { min: 0, max: 0xffffffff });
  checkLossThreshold(lossThreshold);
  checkInteger('network.rto_us', rto_us, { min: 0, max: TIME_LIMIT_US - 1 });
  // A wave has its own upload time, whatever the bandwidth.
  return { regions, quantiles_us: table, lossThreshold, rto_us, maxDelay_us, bandwidth_bps: 0 };
}

/** Lots as they were when the call began. */
export function readLots(lots: Lots, found: Int32Array): Lots {
  checkObject('lots', lots);
  const { keyA, keyB, receivers, most } = lots;
  checkInteger('lots.receivers', receivers, { min: 1, max: MAX_NODES + 1 });
  checkInteger('lots.most', most, { min: 0, max: 0xffffffff });
  checkInteger('lots.keyA', keyA, INT32);
  checkInteger('lots.keyB', keyB, INT32);
  checkColumn('found', found, 'Int32Array', { min: receivers, max: Infinity });
  return { keyA, keyB, receivers, most };
}

function checkTimes(name: string, times: Int32Array, count: number): number {
  let latest = 0;
  for (let i = 0; i < count; i++) {
    const time = times[i];
    if (time >= 0 && time < TIME_LIMIT_US) {
      if (time > latest) latest = time;
    } else if (time !== NEVER_US) {
      throw new RangeError(`${name}[${i}]: expected 0..${TIME_LIMIT_US - 1} or NEVER_US, received ${time}`);
    }
  }
  return latest;
}

/** The longest upload: one for all senders, or each sender's. */
function checkUploads(upload_ns: Wave['upload_ns'], nodes: number): number {
  if (typeof upload_ns !== 'object') {
    checkInteger('wave.upload_ns', upload_ns, { min: 0, max: Number.MAX_SAFE_INTEGER });
    return upload_ns;
  }
  checkColumn('wave.upload_ns', upload_ns, 'Int32Array', { min: nodes, max: nodes });
  let longest_ns = 0;
  for (let i = 0; i < nodes; i++) {
    const each_ns = upload_ns[i];
    if (each_ns < 0) throw new RangeError(`wave.upload_ns[${i}]: expected 0..2147483647, received ${each_ns}`);
    if (each_ns > longest_ns) longest_ns = each_ns;
  }
  return longest_ns;
}

/** A wave as it was when the call began, and how many receivers it has. */
export type WaveRead = Wave & { readonly count: number };

/** Reads a wave for which times are asked, or only its sends: then `reached_us` is null, and need and receivers are not looked at. */
export function readWave(wave: Wave, reached_us: Int32Array | null, field: { nodes: number; maxDelay_us: number }): WaveRead {
  checkObject('wave', wave);
  const { start_us, own_us, delayKeyA, delayKeyB, lossKeyA, lossKeyB, upload_ns, receivers, need } = wave;
  const { nodes } = field;
  const exactly = { min: nodes, max: nodes };
  checkColumn('wave.start_us', start_us, 'Int32Array', exactly);
  checkColumn('wave.own_us', own_us, 'Int32Array', exactly);
  checkColumn('wave.delayKeyA', delayKeyA, 'Int32Array', exactly);
  checkColumn('wave.delayKeyB', delayKeyB, 'Int32Array', exactly);
  checkColumn('wave.lossKeyA', lossKeyA, 'Int32Array', exactly);
  checkColumn('wave.lossKeyB', lossKeyB, 'Int32Array', exactly);
  const latest = checkTimes('wave.start_us', start_us, nodes);
  const longest_ns = checkUploads(upload_ns, nodes);
  const lastArrival = latest + Math.ceil((nodes * longest_ns) / 1000) + field.maxDelay_us;
  if (lastArrival > LATEST_US)
    throw new RangeError(`wave.upload_ns: expected uploads that end with no arrival after ${LATEST_US} us, received ${longest_ns}`);
  let count = 0;
  if (reached_us !== null) {
    checkTimes('wave.own_us', own_us, nodes);
    checkInteger('wave.need', need, { min: 1, max: nodes });
    count = checkColumn('wave.receivers', receivers, 'Int32Array', { min: 0, max: nodes });
    for (let i = 0; i < count; i++) {
      const receiver = receivers[i];
      if (receiver < 0 || receiver >= nodes)
        throw new RangeError(`wave.receivers[${i}]: expected a node in 0..${nodes - 1}, received ${receiver}`);
    }
    checkColumn('reached_us', reached_us, 'Int32Array', { min: count, max: Infinity });
  }
  return { start_us, own_us, delayKeyA, delayKeyB, lossKeyA, lossKeyB, upload_ns, receivers, need, count };
}

const INT32 = { min: -0x80000000, max: 0x7fffffff };

/** The start of a window of `length` numbers, all of which must be 32-bit integers. */
function checkWindow(name: string, first: number, length: number): void {
  checkInteger(name, first, { min: INT32.min, max: INT32.max + 1 - length });
}

export function checkTallyWindow(shape: TallyShape, firstSequence: number, firstView: number): void {
  checkWindow('firstSequence', firstSequence, shape.sequences);
  checkWindow('firstView', firstView, shape.views);
}

/** The shape as it is when a tally is opened. */
export function readTallyShape(given: TallyShape): TallyShape {
  checkObject('shape', given);
  const { senders, firstSequence, sequences, firstView, views, phases } = given;
  const shape = { senders, firstSequence, sequences, firstView, views, phases };
  checkInteger('senders', senders, { min: 1, max: MAX_NODES });
  checkInteger('sequences', sequences, { min: 1, max: 0x1000000 });
  checkInteger('views', views, { min: 1, max: 0x1000000 });
  checkInteger('phases of a view', phases, { min: 1, max: 256 });
  const entries = views * sequences * phases * (32 * Math.ceil(senders / 32));
  if (entries > MAX_TALLY_ENTRIES)
    throw new RangeError(
      `tally: expected views x sequences x phases x senders (in 32s) of at most ${MAX_TALLY_ENTRIES}, received ${entries}`,
    );
  checkTallyWindow(shape, firstSequence, firstView);
  return shape;
}

/** The votes as they were when the call began. */
export function readVotes(votes: VoteStream): VoteStream {
  checkObject('votes', votes);
  const { length, view, sequence, phase, sender, digest } = votes;
  checkInteger('votes.length', length, { min: 0, max: 0x7fffffff });
  const enough = { min: length, max: Infinity };
  checkColumn('votes.view', view, 'Int32Array', enough);
  checkColumn('votes.sequence', sequence, 'Int32Array', enough);
  checkColumn('votes.phase', phase, 'Uint8Array', enough);
  checkColumn('votes.sender', sender, 'Int32Array', enough);
  checkColumn('votes.digest', digest, 'Int32Array', enough);
  return { length, view, sequence, phase, sender, digest };
}

/** The error for vote `i`, whose sender, phase or digest is outside the tally's shape. The votes before it are counted. */
export function badVote(votes: VoteStream, i: number, shape: TallyShape): RangeError {
  const sender = votes.sender[i];
  if (sender < 0 || sender >= shape.senders)
    return new RangeError(`votes.sender[${i}]: expected 0..${shape.senders - 1}, received ${sender}`);
  const phase = votes.phase[i];
  if (phase >= shape.phases) return new RangeError(`votes.phase[${i}]: expected 0..${shape.phases - 1}, received ${phase}`);
  return new RangeError(`votes.digest[${i}]: expected a number that names a digest, 0..${INT32.max}, received ${votes.digest[i]}`);
}

export interface Place {
  readonly view: number;
  readonly sequence: number;
  readonly phase: number;
  readonly digest: number;
}

/** The place, which is inside the window. A digest that no vote can name has count 0. */
export function readPlace(at: Place, window: { shape: TallyShape; firstSequence: number; firstView: number }): Place {
  checkObject('place', at);
  const { view, sequence, phase, digest } = at;
  const { shape, firstSequence, firstView } = window;
  checkInteger('view', view, { min: firstView, max: firstView + shape.views - 1 });
  checkInteger('sequence', sequence, { min: firstSequence, max: firstSequence + shape.sequences - 1 });
  checkInteger('phase', phase, { min: 0, max: shape.phases - 1 });
  checkInteger('digest', digest, { min: 0, max: INT32.max });
  return { view, sequence, phase, digest };
}
