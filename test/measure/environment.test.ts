import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { captureEnvironment, cpuQuotaOf } from '../../harness/measure/environment.ts';

describe('the environment of a run', () => {
  const environment = captureEnvironment();

  it('names machine, versions and build', () => {
    expect(environment).toMatchObject({ node: process.versions.node, v8: process.versions.v8, arch: os.arch(), os: os.platform() });
    expect(environment.cores_present).toBeGreaterThanOrEqual(1);
    expect(environment.cores_usable).toBe(os.availableParallelism());
    expect(environment.memory_bytes).toBe(os.totalmem());
    expect(environment.package_version).toMatch(/^\d+\.\d+\.\d+/);
    expect(environment.taken_at).toMatch(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/);
    expect(environment.load_average).toHaveLength(3);
  });

  it('a commit is 40 hex digits and comes with whether files differ from it; without a checkout both are null', () => {
    if (environment.git_commit === null) expect(environment.git_dirty).toBeNull();
    else {
      expect(environment.git_commit).toMatch(/^[0-9a-f]{40}$/);
      expect(typeof environment.git_dirty).toBe('boolean');
    }
  });

  it('the kernel hash is the same for the same modules', () => {
    expect(environment.kernels_sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(captureEnvironment().kernels_sha256).toBe(environment.kernels_sha256);
  });

  it('environment.json holds no host name, user name or absolute path', () => {
    const text = JSON.stringify(environment);
    // A one-letter or system-like name could be part of any word: only a name that identifies is looked for.
    for (const name of [os.hostname(), os.userInfo().username].filter((name) => name.length > 4)) expect(text).not.toContain(name);
    expect(text).not.toMatch(/"\//);
    expect(text).not.toContain(process.cwd());
    expect(text).not.toContain(os.homedir() === '/' ? process.cwd() : os.homedir());
  });
});

describe('a control group’s CPU quota', () => {
  it.each([
    ['max 100000', null],
    ['150000 100000', 1.5],
    [null, null],
    ['', null],
  ])('cpu.max %j is %j CPUs', (text, expected) => {
    expect(cpuQuotaOf(text)).toBe(expected);
  });
});
