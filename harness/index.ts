// The library: load or make a suite, plan it, run it, read its records; the workloads and the kernels.
export { UserError } from './errors.ts';
export { readRecords } from './folder/read.ts';
export { wasmBackend } from './kernels/backend.ts';
export { createKernels } from './kernels/index.ts';
export {
  BACKENDS,
  NEVER_US,
  type Backend,
  type BatchResult,
  type Ed25519,
  type ExpandedKeys,
  type FormChoice,
  type Kernels,
  type KnownSignedMessage,
  type NonceSearch,
  type NonceSearchResult,
  type RolledSearch,
  type RolledSearchResult,
  type ShaKernels,
  type SignedMessage,
  type SigningKey,
  type Tally,
  type TallyReport,
  type TallyShape,
  type VoteStream,
  type Wave,
  type WaveField,
} from './model/kernels.ts';
export type { CostTable } from './measure/costs.ts';
export type { CellRecord, DoneRecord, JournalLine } from './model/record.ts';
export { resumeRun, runSuite, type ResumeOptions, type RunEvent, type RunOptions, type RunResult } from './run/run.ts';
export type { RetryState } from './run/settings.ts';
export { buildNetwork, sendKeys, upload_ns } from './simulate/core/network.ts';
export { type Network } from './model/network.ts';
export type { Workload } from './simulate/core/contract.ts';
export type { EngineId, Outcome } from './model/outcome.ts';
export { loadSuite, parseSuite, suiteOf, suiteYaml, type SuiteOverrides } from './suite/load.ts';
export { planCells as planSuite } from './suite/plan.ts';
export type { Cell, NetworkSpec, NodeProfile } from './model/cell.ts';
export type { EntryData, FaultData, NetworkData, NodeData, Suite, SuiteData } from './suite/types.ts';
export type { FaultKind } from './model/fault.ts';
export { workloads } from './workloads.ts';
