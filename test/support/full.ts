// `npm test` takes minutes, `npm run test:long` longer: what is drawn, counted or searched many times over is so in full
// there, and less often in `npm test`. (test/long/ holds what `npm test` leaves out.)

/** Tests run in full: `npm run test:long`, and `npm run test:fresh -- --full`. */
export const IN_FULL = process.env['CONSENSUS_BENCH_FULL'] === '1';
/** Of two sizes of a test the one for this run. */
export const inFull = <T>(full: T, otherwise: T): T => (IN_FULL ? full : otherwise);
