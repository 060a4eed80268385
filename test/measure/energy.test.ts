import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CORE_POWER, corePower, measureRapl, physicalCores } from '../../harness/measure/energy.ts';

/** A powercap folder whose counters a test moves by hand, with a clock to go with them. */
class FakeMachine {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'rapl-'));
  seconds = 0;
  readonly #counters = new Map<string, number>();

  domain(name: string, energy_uj: number, range_uj = 1e12): void {
    mkdirSync(path.join(this.folder, name), { recursive: true });
    writeFileSync(path.join(this.folder, name, 'max_energy_range_uj'), `${range_uj}\n`);
    this.set(name, energy_uj);
  }
  set(name: string, energy_uj: number): void {
    this.#counters.set(name, energy_uj);
    writeFileSync(path.join(this.folder, name, 'energy_uj'), `${energy_uj}\n`);
  }
  /** Time passes while a domain draws power. */
  pass(seconds: number, watts: Readonly<Record<string, number>>): void {
    this.seconds += seconds;
    for (const [name, power] of Object.entries(watts)) this.set(name, this.#counters.get(name)! + power * seconds * 1e6);
  }
  options(idle: Readonly<Record<string, number>>, busy: Readonly<Record<string, number>>) {
    return {
      folder: this.folder,
      cores: 4,
      window_s: 0.25,
      now: () => this.seconds,
      idle: async (seconds: number) => this.pass(seconds, idle),
      busy: (seconds: number) => this.pass(seconds, busy),
    };
  }
}

describe('watts per core', () => {
  let machine: FakeMachine;
  beforeEach(() => {
    machine = new FakeMachine();
  });
  afterEach(() => rmSync(machine.folder, { recursive: true }));

  it('RAPL: an idle core is its share of the packages, a busy one that and what it adds; sub-domains left out', async () => {
    machine.domain('intel-rapl:0', 5e6);
    machine.domain('intel-rapl:1', 7e6);
    machine.domain('intel-rapl:0:0', 0);
    const idle = { 'intel-rapl:0': 20, 'intel-rapl:1': 10, 'intel-rapl:0:0': 999 };
    const power = await measureRapl(machine.options(idle, { ...idle, 'intel-rapl:0': 31.25 }));
    // 30 W ÷ 4 = 7.5 W; 7.5 W + (41.25 W − 30 W) = 18.75 W.
    expect(power).toEqual({
      watts_per_core: 18.75,
      source: 'RAPL: idle package power (30.0 W) ÷ 4 cores, and what one busy core adds (11.3 W)',
      idle: { watts_per_core: 7.5, source: 'RAPL: idle package power (30.0 W) ÷ 4 cores' },
    });
  });

  it('RAPL: a counter that wraps at its range in between counts on', async () => {
    machine.domain('intel-rapl:0', 9.9e6, 10e6);
    const options = machine.options({ 'intel-rapl:0': 0 }, {});
    const power = await measureRapl({
      ...options,
      busy: (seconds) => {
        machine.pass(seconds, {});
        machine.set('intel-rapl:0', 1.9e6);
      },
    });
    // 0.1 J to the range's end and 1.9 J after it, in 0.25 s.
    expect(power?.watts_per_core).toBe(8);
  });

  it('a difference that cannot be one core’s is not believed', async () => {
    machine.domain('intel-rapl:0', 0);
    expect(await measureRapl(machine.options({ 'intel-rapl:0': 30 }, { 'intel-rapl:0': 25 }))).toBeNull();
    expect(await measureRapl(machine.options({ 'intel-rapl:0': 30 }, { 'intel-rapl:0': 999 }))).toBeNull();
  });

  it('counts physical cores: threads that share one count once', () => {
    [...['0,2', '1,3', '0,2', '1,3'].entries()].forEach(([cpu, siblings]) => {
      mkdirSync(path.join(machine.folder, `cpu${cpu}/topology`), { recursive: true });
      writeFileSync(path.join(machine.folder, `cpu${cpu}/topology/thread_siblings_list`), `${siblings}\n`);
    });
    mkdirSync(path.join(machine.folder, 'cpufreq'));
    expect(physicalCores(machine.folder)).toBe(2);
    expect(physicalCores(path.join(machine.folder, 'absent'))).toBe(os.cpus().length);
  });

  it('without RAPL the documented default is taken, and says so', async () => {
    expect(await measureRapl({ folder: path.join(machine.folder, 'absent') })).toBeNull();
    const power = await corePower(undefined, { folder: machine.folder });
    expect(power).toBe(DEFAULT_CORE_POWER);
    expect(power.watts_per_core).toBe(270 / 40);
    expect(power.source).toMatch(/Xeon Platinum 8380.*2021/);
  });

  it('--watts-per-core goes before everything', async () => {
    machine.domain('intel-rapl:0', 0);
    expect(await corePower(12, machine.options({}, { 'intel-rapl:0': 5 }))).toEqual({
      watts_per_core: 12,
      source: 'given by --watts-per-core',
    });
  });
});
