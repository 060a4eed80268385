// zxid: ZxidUtils of ZooKeeper, (epoch << 32) | counter, as an exact integer.
const COUNTERS = 0x100000000;
/** No transaction has it: a leader whose next one would have it makes way for a new epoch (ZOOKEEPER-1277). */
export const LAST_COUNTER = 0xffffffff;
/** zxids of higher epochs are no exact integers any more. */
export const MOST_EPOCHS = 0x1fffff;

export const zxidOf = (epoch: number, counter: number): number => epoch * COUNTERS + counter;
export const epochOf = (zxid: number): number => Math.floor(zxid / COUNTERS);
export const counterOf = (zxid: number): number => zxid % COUNTERS;
