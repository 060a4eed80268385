import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PEERS, peerTasks } from '../../harness/measure/peers.ts';
import type { SigningKey } from '../../harness/model/kernels.ts';
import { TaskFactory, type KernelTask } from '../../harness/measure/tasks.ts';

const dist = (file: string): string => pathToFileURL(path.join(import.meta.dirname, '../../dist/harness/', file)).href;
const node = async (...args: string[]): Promise<string> => (await promisify(execFile)(process.execPath, args)).stdout.trim();

/** What only a peer makes. */
const AGGREGATES = { 'bls-share': 'shares', 'bls-aggregate': 'shares', 'bls-aggregate-keys': 'keys', 'bls-verify': 'signatures' };

describe('peer packages', () => {
  it.each(PEERS)('%s does its tasks, in the units of the kernels', async (name) => {
    const factory = new TaskFactory();
    const units = new Map([
      ...Object.entries(AGGREGATES),
      ...factory.nodeCrypto().map((task): [string, string] => [task.kernel, task.unit]),
    ]);
    const tasks = await peerTasks(name, factory);
    expect(tasks.length).toBeGreaterThan(0);
    for (const task of tasks) {
      expect(task).toMatchObject({ backend: name, name: `${task.kernel}/${name}`, unit: units.get(task.kernel) });
      task.run();
      task.run();
    }
  });

  it('node:crypto and the packages make the reference’s public key of a seed', async () => {
    const factory = new TaskFactory();
    const keyTask = (tasks: readonly KernelTask[]): KernelTask => tasks.find(({ kernel }) => kernel === 'ed25519-key')!;
    const choice = { batches: [], knownKeys: false, rolled: false, waves: [], tally: false };
    const { publicKey } = keyTask(factory.backend('reference', choice)).run() as SigningKey;
    expect(keyTask(factory.nodeCrypto()).run()).toEqual(publicKey);
    expect(keyTask(await peerTasks('@noble/curves', factory)).run()).toEqual(publicKey);
    expect((keyTask(await peerTasks('libsodium-wrappers', factory)).run() as SigningKey).publicKey).toEqual(publicKey);
  });

  it('are left out where they are not installed', async () => {
    // A hook that resolves all but @noble/* as in an installation without development dependencies.
    const hook = `export const resolve = (name, context, next) => {
      if (${JSON.stringify(PEERS.filter((name) => !name.startsWith('@noble/')))}.includes(name))
        throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
      return next(name, context);
    };`;
    const url = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
    const printed = await node(
      '--import',
      url(`import { register } from 'node:module'; register(${JSON.stringify(url(hook))});`),
      '--input-type=module',
      '--eval',
      `import { PEERS, peerTasks } from ${JSON.stringify(dist('measure/peers.js'))};
       import { TaskFactory } from ${JSON.stringify(dist('measure/tasks.js'))};
       for (const name of PEERS) console.log(name, (await peerTasks(name, new TaskFactory())).length);`,
    );
    expect(printed.split('\n')).toEqual([
      '@noble/hashes 5',
      '@noble/curves 7',
      'hash-wasm 0',
      '@chainsafe/as-sha256 0',
      'libsodium-wrappers 0',
    ]);
  });
});

// V8 has no WASM SIMD on x86-64 without SSE4.1; other processors have no such switch.
describe.skipIf(process.arch !== 'x64')('an engine without WASM SIMD', () => {
  it('runs the scalar build', async () => {
    const script = `import { createKernels } from ${JSON.stringify(dist('kernels/index.js'))};
      import { wasmBackend } from ${JSON.stringify(dist('kernels/backend.js'))};
      const { backend, nonceSearch } = createKernels(wasmBackend());
      const search = { header: new Uint8Array(80), target: new Uint8Array(32).fill(255), firstNonce: 5, count: 9, rounds: 2 };
      console.log(backend, JSON.stringify(nonceSearch(search)));`;
    expect(await node('--no-enable-sse4-1', '--input-type=module', '--eval', script)).toBe('wasm {"nonce":5,"tried":1}');
    expect(await node('--input-type=module', '--eval', script)).toBe('wasm-simd {"nonce":5,"tried":1}');
  });
});
