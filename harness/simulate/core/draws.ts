// Every draw is prf(seed, purpose, type, view, sequence, sender, receiver, attempt): a counter-based generator, never a
// stream whose order matters, so that a cell gives the same bytes on any thread, engine and twin.
//
// A key absorbs all but the last two fields into 64 bits; a draw mixes receiver and attempt in with two multiplications
// (the "lowbias32" finaliser, constants by C. Wellons and T. Wang's successors, bias 0.107), so that the wave kernel can
// draw four at a time. assembly/quorum*.ts has the same function; a test compares them.

/** What a draw is for. Numbers are part of every result: never reuse or renumber. */
export const PURPOSE = {
  delay: 1,
  loss: 2,
  blockGap: 3,
  blockWinner: 4,
  eligibility: 5,
  peers: 6,
  placement: 7,
  thinning: 8,
  // 9 is retired: it was kept for an adversary, which draws nothing.
  faultLoss: 10,
  arrival: 11,
  electionTimeout: 12,
  bandwidth: 20,
  tie: 21,
} as const;
export type Purpose = (typeof PURPOSE)[keyof typeof PURPOSE];

/** A key: two 32-bit words. */
export interface DrawKey {
  readonly a: number;
  readonly b: number;
}

/** The fields that name a draw, besides receiver and attempt. Absent ones are 0. */
export interface DrawName {
  readonly purpose: Purpose;
  readonly type?: number;
  readonly view?: number;
  readonly sequence?: number;
  readonly sender?: number;
}

/** Weyl steps: 2^32/phi and the odd number nearest 2^32*(sqrt(2)-1). */
export const RECEIVER_STEP = 0x9e3779b9 | 0;
export const ATTEMPT_STEP = 0x6a09e667 | 0;
export const MIX_1 = 0x21f0aaad;
export const MIX_2 = 0xd35a2d97 | 0;

function absorb(h: number, x: number): number {
  h = (h ^ x) | 0;
  h = Math.imul(h ^ (h >>> 16), MIX_1);
  h = Math.imul(h ^ (h >>> 15), MIX_2);
  return ((h ^ (h >>> 15)) + RECEIVER_STEP) | 0;
}

const B_SALT = 0x2545f491;

/** A key without its sender: what the sends of one phase share. seed is an integer in [0, 2^53). */
export function drawPrefix(seed: number, name: Omit<DrawName, 'sender'>): DrawKey {
  const { purpose, type = 0, view = 0, sequence = 0 } = name;
  // Fields are absorbed as 32 bits: two draws whose fields differ beyond that would be one.
  if (type !== type >>> 0 || view !== view >>> 0 || sequence !== sequence >>> 0)
    throw new RangeError(
      `a draw with type ${name.type}, view ${name.view}, sequence ${name.sequence}; accepted: integers from 0 below 2^32`,
    );
  const low = (seed % 0x100000000) | 0;
  const high = Math.floor(seed / 0x100000000) | 0;
  const a = absorb(absorb(low, purpose), high);
  const b = absorb(absorb(high ^ 0x5bd1e995, purpose), low);
  return {
    a: absorb(absorb(absorb(a, type), view), sequence),
    b: absorb(absorb(absorb(b, type ^ B_SALT), view ^ B_SALT), sequence ^ B_SALT),
  };
}

/** The two words of a prefix's key for a sender. */
export const senderKeyA = (prefix: DrawKey, sender: number): number => absorb(prefix.a, sender);
export const senderKeyB = (prefix: DrawKey, sender: number): number => absorb(prefix.b, sender ^ B_SALT);

/** The key of one send (or one lottery): seed is an integer in [0, 2^53). */
export function drawKey(seed: number, name: DrawName): DrawKey {
  const prefix = drawPrefix(seed, name);
  const sender = name.sender ?? 0;
  return { a: senderKeyA(prefix, sender), b: senderKeyB(prefix, sender) };
}

/** A uniform 32-bit draw. */
export function draw32(key: DrawKey, receiver: number, attempt = 0): number {
  return drawWords(key.a, key.b, receiver, attempt);
}

/** The same of a key in two words: nothing is allocated where keys are made one after another. */
export function drawWords(keyA: number, keyB: number, receiver: number, attempt: number): number {
  let x = (keyA + Math.imul(receiver, RECEIVER_STEP) + Math.imul(attempt, ATTEMPT_STEP)) | 0;
  x = Math.imul(x ^ (x >>> 16), MIX_1);
  x = (x ^ (x >>> 15)) + keyB;
  x = Math.imul(x, MIX_2);
  return (x ^ (x >>> 15)) >>> 0;
}

/** A uniform 32-bit draw of one message by the prefix of its phase. */
export function prefixDraw32(prefix: DrawKey, sender: number, receiver: number): number {
  return drawWords(absorb(prefix.a, sender), absorb(prefix.b, sender ^ B_SALT), receiver, 0);
}

/** Writes the receivers from 0 on whose draw is at most `most` (below 2^32) to `found`, ascending; returns how many. */
export function receiversAtMost(key: DrawKey, { receivers, most }: { receivers: number; most: number }, found: Int32Array): number {
  // The last xor-shift of a draw changes bits 0 to 16 only: the others alone tell that most are above.
  const high = most >>> 17;
  const b = key.b | 0;
  let start = key.a | 0;
  let count = 0;
  for (let receiver = 0; receiver < receivers; receiver++) {
    let x = start;
    start = (start + RECEIVER_STEP) | 0;
    x = Math.imul(x ^ (x >>> 16), MIX_1);
    x = Math.imul(((x ^ (x >>> 15)) + b) | 0, MIX_2);
    if (x >>> 17 <= high && (x ^ (x >>> 15)) >>> 0 <= most) found[count++] = receiver;
  }
  return count;
}

/** A uniform draw in (0, 1) with 53 bits (never 0, so that its logarithm is finite). Uses attempts 2i and 2i + 1. */
export function drawUnit(key: DrawKey, receiver: number, attempt = 0): number {
  const high = draw32(key, receiver, 2 * attempt) >>> 5;
  const low = draw32(key, receiver, 2 * attempt + 1) >>> 6;
  return (high * 0x4000000 + low + 0.5) / 0x20000000000000;
}

/** The integer threshold t for which `draw32 < t` has the given probability (to 2^-32). */
export function threshold32(probability: number): number {
  return Math.min(0x100000000, Math.round(probability * 0x100000000));
}
