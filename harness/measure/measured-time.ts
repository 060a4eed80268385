// How long a measured cell works (measured.ts), apart from it: who only says how long is left needs none of its modules.

/** Compilers have settled after this much work (a WASM module tiers up within some 50 ms). */
export const WARM_UP_S = 0.2;
/** Each decision is sampled five times, so that its median drops two disturbances; less often, at least once, beyond this time. */
export const MOST_PASSES = 5;
export const PASSES_S = 3;
/** About what a measured cell takes, unless its work is very small or very large. */
export const MEASURED_CELL_S = WARM_UP_S + PASSES_S;
