// Limits and choices of a run that its flags name.

/** Kernels are measured for at most this long before a run. */
export const KERNEL_BUDGET_S = { quick: 8, full: 25 } as const;
/** Wall-clock net of a cell. */
export const DEFAULT_CELL_TIMEOUT_S = 600;

/** States of cells without a result, which may have one with more memory or a longer net. */
export const RETRY_STATES = ['failed', 'timeout'] as const;
export type RetryState = (typeof RETRY_STATES)[number];
