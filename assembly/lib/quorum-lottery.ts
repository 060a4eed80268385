// Lotteries: who of many draws at most a limit.
import { RECEIVER_STEP, drawAt, draws4 } from './quorum-draw';

/** Receivers that a call looks at, at most. */
export const LOTTERY_CHUNK: i32 = 4096;
/** What `drawnAtMost` finds. */
export const found: usize = memory.data(4096 * 4, 16);

/** Writes to `found` those of `count` receivers, from number `from` on, whose draw is at most `most`, ascending; returns how many. */
export function drawnAtMost(a: i32, b: i32, from: i32, count: i32, most: u32): i32 {
  let to = found;
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    const a4 = i32x4.splat(a);
    const b4 = i32x4.splat(b);
    const most4 = i32x4.splat(most);
    const step4 = i32x4.splat(4 * RECEIVER_STEP);
    let offset = i32x4.mul(i32x4.add(i32x4.splat(from), i32x4(0, 1, 2, 3)), i32x4.splat(RECEIVER_STEP));
    for (; i + 4 <= count; i += 4) {
      const drawn = i32x4.le_u(draws4(a4, b4, offset), most4);
      offset = i32x4.add(offset, step4);
      if (!v128.any_true(drawn)) continue;
      const lanes = i32x4.bitmask(drawn);
      for (let lane = 0; lane < 4; lane++) {
        if (((lanes >> lane) & 1) == 0) continue;
        store<i32>(to, from + i + lane);
        to += 4;
      }
    }
  }
  for (; i < count; i++) {
    if (drawAt(a, b, (from + i) * RECEIVER_STEP) > most) continue;
    store<i32>(to, from + i);
    to += 4;
  }
  return <i32>((to - found) >> 2);
}
