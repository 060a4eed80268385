// The machine, the versions and the commit that a result was made with. No host name, no user name, no absolute path.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { hasSimd } from '../kernels/load.ts';

export interface Environment {
  /** ISO 8601, UTC. */
  readonly taken_at: string;
  readonly package_version: string;
  /** Of a checkout; null in an installed package. */
  readonly git_commit: string | null;
  /** Tracked files differ from the commit. */
  readonly git_dirty: boolean | null;
  /** SHA-256 over the names and bytes of the release WASM modules. */
  readonly kernels_sha256: string | null;
  /** The AssemblyScript compiler that is installed beside (and built the modules); null in an installed package. */
  readonly assemblyscript: string | null;
  readonly cpu_model: string;
  readonly cores_present: number;
  /** What affinity and control groups leave to this process. */
  readonly cores_usable: number;
  /** CPUs that a control group's quota allows; null: no quota, or not readable. */
  readonly cpu_quota: number | null;
  readonly memory_bytes: number;
  readonly os: string;
  readonly os_release: string;
  readonly arch: string;
  /** Linux cpufreq governor of the first core; null where not readable. */
  readonly cpu_governor: string | null;
  /** Runnable tasks over the last 1, 5 and 15 minutes when the run began; zeros on systems without it. */
  readonly load_average: readonly number[];
  /** docker, podman, kubernetes, lxc …; null: none seen. */
  readonly container: string | null;
  /** The CPU says that a hypervisor runs it; null where not readable. */
  readonly virtual_machine: boolean | null;
  readonly node: string;
  readonly v8: string;
  readonly wasm_simd: boolean;
  /** What a control group leaves this process of the memory; null: no limit, or not readable. */
  readonly memory_limit_bytes: number | null;
  /** Threads share cores (simultaneous multithreading); null where not readable. */
  readonly smt: boolean | null;
}

/** The package's folder, from the sources and from dist/ alike. */
const root = new URL(import.meta.url.endsWith('.ts') ? '../../' : '../../../', import.meta.url);

/** The text of a file that may not exist or not be readable here. */
function textOf(file: string | URL): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string }).version;
}

/** The commit of the checkout; only of this package's own, not of a repository that it is installed inside. */
function gitState(): { commit: string | null; dirty: boolean | null } {
  const none = { commit: null, dirty: null };
  if (!existsSync(new URL('.git', root))) return none;
  const git = (...args: string[]): string | null => {
    const { status, stdout } = spawnSync('git', args, { cwd: fileURLToPath(root), encoding: 'utf8', timeout: 5000 });
    return status === 0 ? stdout.trim() : null;
  };
  const commit = git('rev-parse', 'HEAD');
  if (commit === null) return none;
  const changed = git('status', '--porcelain', '--untracked-files=no');
  return { commit, dirty: changed === null ? null : changed !== '' };
}

/** A hash of what was built, so that two results can be told to have used the same kernels. */
function kernelsHash(): string | null {
  const folder = new URL('dist/wasm/', root);
  if (!existsSync(folder)) return null;
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.wasm'))
    .sort();
  if (files.length === 0) return null;
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(new URL(file, folder));
    hash.update(`${file} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

function assemblyscriptVersion(): string | null {
  try {
    return (createRequire(import.meta.url)('assemblyscript/package.json') as { version: string }).version;
  } catch {
    return null;
  }
}

function containerHint(): string | null {
  if (existsSync('/.dockerenv')) return 'docker';
  if (existsSync('/run/.containerenv')) return 'podman';
  const declared = textOf('/run/systemd/container');
  if (declared !== null && declared !== '') return declared;
  if (process.env['KUBERNETES_SERVICE_HOST'] !== undefined) return 'kubernetes';
  const groups = textOf('/proc/1/cgroup') ?? '';
  return ['kubepods', 'docker', 'containerd', 'lxc'].find((word) => groups.includes(word)) ?? null;
}

/** cgroup v2 `cpu.max` is "quota period" in microseconds, or "max period". */
export function cpuQuotaOf(cpuMax: string | null): number | null {
  const match = /^(\d+) (\d+)$/.exec(cpuMax ?? '');
  return match === null ? null : Number(match[1]) / Number(match[2]);
}

/** cgroup v2 `memory.max` is a number of bytes, or "max". */
export function memoryLimitOf(memoryMax: string | null): number | null {
  return /^\d+$/.test(memoryMax ?? '') ? Number(memoryMax) : null;
}

/** What of the machine bears on a measurement that is taken now. */
export function measuringConditions(): Pick<Environment, 'cores_usable' | 'cpu_quota' | 'load_average' | 'wasm_simd'> {
  return {
    cores_usable: os.availableParallelism(),
    cpu_quota: cpuQuotaOf(textOf('/sys/fs/cgroup/cpu.max')),
    load_average: os.loadavg().map((load) => Math.round(load * 100) / 100),
    wasm_simd: hasSimd(),
  };
}

/** What is known of the machine and the build, now. */
export function captureEnvironment(): Environment {
  const { commit, dirty } = gitState();
  const { cores_usable, cpu_quota, load_average, wasm_simd } = measuringConditions();
  const cpus = os.cpus();
  const cpuinfo = textOf('/proc/cpuinfo');
  const flags = cpuinfo === null ? null : /^flags\s*:(.*)$/m.exec(cpuinfo);
  return {
    taken_at: new Date().toISOString(),
    package_version: packageVersion(),
    git_commit: commit,
    git_dirty: dirty,
    kernels_sha256: kernelsHash(),
    assemblyscript: assemblyscriptVersion(),
    cpu_model: cpuModel(),
    cores_present: cpus.length,
    cores_usable,
    cpu_quota,
    memory_bytes: os.totalmem(),
    os: os.platform(),
    os_release: os.release(),
    arch: os.arch(),
    cpu_governor: textOf('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    load_average,
    container: containerHint(),
    virtual_machine: flags === null ? null : /\bhypervisor\b/.test(flags[1]),
    node: process.versions.node,
    v8: process.versions.v8,
    wasm_simd,
    memory_limit_bytes: memoryLimitOf(textOf('/sys/fs/cgroup/memory.max')),
    smt: { '0': false, '1': true }[textOf('/sys/devices/system/cpu/smt/active') ?? ''] ?? null,
  };
}

/** The CPU as the system names it. */
export function cpuModel(): string {
  return os.cpus()[0]?.model.trim() || 'unknown';
}
