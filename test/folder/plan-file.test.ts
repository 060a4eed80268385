import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UserError } from '../../harness/errors.ts';
import { exportRun } from '../../harness/export/export.ts';
import { resumeRun } from '../../harness/run/run.ts';
import { loadSuite } from '../../harness/suite/load.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'old-run-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** suite.yaml as version 0.1 wrote it: a profile with its values under its name, and no key that came later. */
const SUITE = `name: old
seed: 1
replicates: 1
decisions: 2
risk: 0.001
crypto: modelled
network: { kind: wan-5-regions, bandwidth_mbps: 1000, loss: 0, rto_ms: 200 }
node: { name: server, sign_ns: 35000, verify_ns: 110000, verify_batched_ns: 40000, mac_ns: 1000, hash_ns_per_byte: 3 }
transactions: { bytes: 250, per_decision: 500 }
sweep: { nodes: 4, fault: { kind: crash, placement: worst, ratio: 0 } }
workloads: { pbft: { checkpoint_interval: 128 } }
`;
writeFileSync(path.join(dir, 'suite.yaml'), SUITE);
writeFileSync(path.join(dir, 'plan.json'), '{"version":1,"suite":"old","seed":1,"cells":[\n{"id":"c0123456789ab","seed":5}\n]}\n');
writeFileSync(
  path.join(dir, 'environment.json'),
  JSON.stringify({ run: { backend: 'wasm-simd', engine: 'auto', quick: false, threads: 1, cell_timeout_s: 600, watts_per_core: null } }),
);
// Its cost table has another version too.
const costs = JSON.parse(readFileSync(path.join(import.meta.dirname, '../support/costs.json'), 'utf8')) as object;
writeFileSync(path.join(dir, 'costs.json'), JSON.stringify({ ...costs, version: 1 }));
writeFileSync(path.join(dir, 'records.ndjson'), '{"record":{"version":1,"cell":"c0123456789ab"},"samples":[]}\n');

const refusal =
  /plan\.json:1: a plan of version 0\.1: the ids and seeds of all cells changed once since \(see CHANGELOG\.md\), so its records can be neither continued nor read; accepted: a run of this version \(npx consensus-bench run .*suite\.yaml makes one\)$/;

test('issue: a suite from before and its results are refused or read with one clear sentence about the changed ids', async () => {
  const before = readdirSync(dir).map((name) => [name, readFileSync(path.join(dir, name), 'utf8')]);
  for (const action of [() => resumeRun(dir, { threads: 'inline' }), () => exportRun(dir)]) {
    const error = await action().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(refusal);
  }
  expect(readdirSync(dir).map((name) => [name, readFileSync(path.join(dir, name), 'utf8')])).toEqual(before);
});

test('… its suite.yaml still loads, and means the same', () => {
  expect(loadSuite(path.join(dir, 'suite.yaml')).node).toMatchObject({ name: 'server', cores: 4 });
});
