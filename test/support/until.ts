import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for what another process does; fails by name after two minutes, so that no test polls for ever. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 6000; tries++) {
    if (condition()) return;
    await sleep(20);
  }
  throw new Error(`waited for two minutes until ${what}`);
}
