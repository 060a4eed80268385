// The quorum kernels as a WASM module, built with SIMD: lib/ branches on ASC_FEATURE_SIMD while it is compiled.
export { QUANTILES, draw32 } from './lib/quorum-draw';
export { LOTTERY_CHUNK, drawnAtMost, found } from './lib/quorum-lottery';
export { NEVER } from './lib/quorum-select';
export {
  delayA,
  delayB,
  extraTries,
  lossA,
  lossB,
  openWaves,
  own,
  reach,
  reached,
  receivers,
  start,
  table,
  uploads,
} from './lib/quorum-waves';
export {
  accepted,
  addVotes,
  beginVotes,
  conflicting,
  countVotes,
  CHUNK,
  digestColumn,
  duplicate,
  openTally,
  outside,
  phaseColumn,
  resetTally,
  senderColumn,
  sequenceColumn,
  viewColumn,
} from './lib/quorum-tally';
