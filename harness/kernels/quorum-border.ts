// The border of the quorum kernels: both twins check what they are given here, so that they refuse the same input with
// the same words. A wrong type is a TypeError, a wrong value a RangeError.
import type { Network } from '../simulate/network.ts';
import { QUANTILES } from '../simulate/network.ts';
import { NEVER_US, type TallyShape, type VoteStream, type Wave } from './interface.ts';

/** Times that a caller hands in lie below this, microseconds. */
export const TIME_LIMIT_US = 0x40000000;
/** The latest arrival. With loss a time beyond it counts as this one. */
export const LATEST_US = NEVER_US - 1;
export const MAX_NODES = 100_000;
/** The tally's memory: a first-digest word and two bits for each sender of each (view, sequence, phase). */
export const MAX_TALLY_CELLS = 200_000_000;
/** Regions of a network: a table of 64 x 64 x 1024 quantiles is 16 MiB. */
const MAX_REGIONS = 64;

function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return String(value);
  if (typeof value === 'object') return value.constructor?.name ?? 'object';
  return typeof value;
}

export function checkInteger(name: string, value: unknown, range: { min: number; max: number }): void {
  if (typeof value !== 'number') throw new TypeError(`${name}: expected an integer, got ${show(value)}`);
  if (!Number.isInteger(value) || value < range.min || value > range.max)
    throw new RangeError(`${name}: expected an integer in ${range.min}..${range.max}, got ${value}`);
}

/** A detached array has length 0, so that it fails the length check. */
function checkArray(name: string, array: unknown, kind: typeof Int32Array | typeof Uint8Array, length: { min: number; max: number }): void {
  if (!(array instanceof kind)) throw new TypeError(`${name}: expected ${kind.name}, got ${show(array)}`);
  if (array.length < length.min || array.length > length.max) {
    const wanted =
      length.min === length.max ? String(length.min) : length.max === Infinity ? `at least ${length.min}` : `${length.min}..${length.max}`;
    throw new RangeError(`${name}: expected ${wanted} elements, got ${array.length}`);
  }
  if (array.buffer instanceof SharedArrayBuffer) throw new RangeError(`${name}: expected an unshared buffer, got a SharedArrayBuffer`);
}

/** The network and number of nodes that a wave field is opened for; returns the largest delay of a single try. */
export function checkField(network: Network, nodes: number): number {
  checkInteger('nodes', nodes, { min: 1, max: MAX_NODES });
  checkInteger('network.regions', network.regions, { min: 1, max: MAX_REGIONS });
  const table = network.quantiles_us;
  const size = network.regions * network.regions * QUANTILES;
  checkArray('network.quantiles_us', table, Int32Array, { min: size, max: size });
  let largest = 0;
  for (let pair = 0; pair < size; pair += QUANTILES) {
    let least = 0;
    for (let i = pair; i < pair + QUANTILES; i++) {
      const value = table[i];
      if (value < least || value >= TIME_LIMIT_US)
        throw new RangeError(
          `network.quantiles_us[${i}]: expected ${least}..${TIME_LIMIT_US - 1} (ascending in the quantile), got ${value}`,
        );
      least = value;
    }
    largest = Math.max(largest, least);
  }
  checkInteger('network.lossThreshold', network.lossThreshold, { min: 0, max: 0xffffffff });
  checkInteger('network.rto_us', network.rto_us, { min: 0, max: TIME_LIMIT_US - 1 });
  return largest;
}

function checkTimes(name: string, times: Int32Array): number {
  let latest = 0;
  for (let i = 0; i < times.length; i++) {
    const time = times[i];
    if (time >= 0 && time < TIME_LIMIT_US) {
      if (time > latest) latest = time;
    } else if (time !== NEVER_US) {
      throw new RangeError(`${name}[${i}]: expected 0..${TIME_LIMIT_US - 1} or NEVER_US, got ${time}`);
    }
  }
  return latest;
}

/** A wave before it is evaluated. `largestDelay_us` is the largest entry of the quantile table. */
export function checkWave(wave: Wave, reached_us: Int32Array | null, field: { nodes: number; largestDelay_us: number }): void {
  const { nodes } = field;
  const exactly = { min: nodes, max: nodes };
  checkArray('wave.start_us', wave.start_us, Int32Array, exactly);
  checkArray('wave.own_us', wave.own_us, Int32Array, exactly);
  checkArray('wave.delayKeyA', wave.delayKeyA, Int32Array, exactly);
  checkArray('wave.delayKeyB', wave.delayKeyB, Int32Array, exactly);
  checkArray('wave.lossKeyA', wave.lossKeyA, Int32Array, exactly);
  checkArray('wave.lossKeyB', wave.lossKeyB, Int32Array, exactly);
  const latest = checkTimes('wave.start_us', wave.start_us);
  checkInteger('wave.upload_ns', wave.upload_ns, { min: 0, max: Number.MAX_SAFE_INTEGER });
  const lastArrival = latest + Math.ceil((nodes * wave.upload_ns) / 1000) + field.largestDelay_us;
  if (lastArrival > LATEST_US)
    throw new RangeError(`wave.upload_ns: expected uploads that end with no arrival after ${LATEST_US} us, got ${wave.upload_ns}`);
  if (reached_us === null) return;
  checkTimes('wave.own_us', wave.own_us);
  checkInteger('wave.need', wave.need, { min: 1, max: nodes });
  checkArray('wave.receivers', wave.receivers, Int32Array, { min: 0, max: nodes });
  for (let i = 0; i < wave.receivers.length; i++) {
    const receiver = wave.receivers[i];
    if (receiver < 0 || receiver >= nodes)
      throw new RangeError(`wave.receivers[${i}]: expected a node in 0..${nodes - 1}, got ${receiver}`);
  }
  checkArray('reached_us', reached_us, Int32Array, { min: wave.receivers.length, max: Infinity });
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

export function checkTallyShape(shape: TallyShape): void {
  checkInteger('senders', shape.senders, { min: 1, max: MAX_NODES });
  checkInteger('sequences', shape.sequences, { min: 1, max: 0x1000000 });
  checkInteger('views', shape.views, { min: 1, max: 0x1000000 });
  checkInteger('phases', shape.phases, { min: 1, max: 256 });
  const cells = shape.views * shape.sequences * shape.phases * (32 * Math.ceil(shape.senders / 32));
  if (cells > MAX_TALLY_CELLS)
    throw new RangeError(`tally: expected views x sequences x phases x senders (in 32s) of at most ${MAX_TALLY_CELLS}, got ${cells}`);
  checkTallyWindow(shape, shape.firstSequence, shape.firstView);
}

export function checkVotes(votes: VoteStream): void {
  checkInteger('votes.length', votes.length, { min: 0, max: 0x7fffffff });
  const enough = { min: votes.length, max: Infinity };
  checkArray('votes.view', votes.view, Int32Array, enough);
  checkArray('votes.sequence', votes.sequence, Int32Array, enough);
  checkArray('votes.phase', votes.phase, Uint8Array, enough);
  checkArray('votes.sender', votes.sender, Int32Array, enough);
  checkArray('votes.digest', votes.digest, Int32Array, enough);
}

/** The error for vote `i`, whose sender, phase or digest is outside the tally's shape. The votes before it are counted. */
export function badVote(votes: VoteStream, i: number, shape: TallyShape): RangeError {
  const sender = votes.sender[i];
  if (sender < 0 || sender >= shape.senders) return new RangeError(`votes.sender[${i}]: expected 0..${shape.senders - 1}, got ${sender}`);
  const phase = votes.phase[i];
  if (phase >= shape.phases) return new RangeError(`votes.phase[${i}]: expected 0..${shape.phases - 1}, got ${phase}`);
  return new RangeError(`votes.digest[${i}]: expected a number that names a digest, 0..${INT32.max}, got ${votes.digest[i]}`);
}

/** Is the place inside the window? A digest that no vote can name has count 0. */
export function checkPlace(
  at: { view: number; sequence: number; phase: number; digest: number },
  window: { shape: TallyShape; firstSequence: number; firstView: number },
): void {
  const { shape, firstSequence, firstView } = window;
  checkInteger('view', at.view, { min: firstView, max: firstView + shape.views - 1 });
  checkInteger('sequence', at.sequence, { min: firstSequence, max: firstSequence + shape.sequences - 1 });
  checkInteger('phase', at.phase, { min: 0, max: shape.phases - 1 });
  checkInteger('digest', at.digest, { min: 0, max: INT32.max });
}
