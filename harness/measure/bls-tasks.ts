// What is timed of aggregate signatures. Nothing of ours makes them, so there is one backend: the package that does.
import { randomBytes } from 'node:crypto';
import { BLS_BACKEND } from '../model/kernels.ts';
import { MESSAGE, cycle, must, taskOn, type KernelTask } from './tasks.ts';

/** Shares or keys that are added up in a call: so many that what a sum costs beside them is little. */
const SIGNERS = 16;
/** After so many checks compilers have settled: of 20 ms each, the first takes 200, the next four or five 50 (Node 20). */
const FIRST_CHECKS = 8;

/** Made where they are measured alone: the module and its tables take a tenth of a second. */
export async function blsTasks(): Promise<readonly KernelTask[]> {
  const bls = (await import('../kernels/bls.ts')).blsKernel();
  const keys = Array.from({ length: SIGNERS }, () => bls.key(new Uint8Array(randomBytes(32))));
  const shares = keys.map((key) => bls.share(key, MESSAGE));
  const publicKeys = keys.map(({ publicKey }) => publicKey);
  const publicKey = bls.sumKeys(publicKeys);
  const signature = bls.sum(shares)!;
  const next = cycle(SIGNERS);
  const task = taskOn(BLS_BACKEND);
  const check = (): boolean => must(bls.verify({ signature, message: MESSAGE, publicKey }));
  const settle = (): void => {
    for (let i = 0; i < FIRST_CHECKS; i++) check();
  };
  return [
    task('bls-share', 'shares', 1, () => bls.share(keys[next()], MESSAGE)),
    task('bls-aggregate', 'shares', SIGNERS, () => must(bls.sum(shares) !== null)),
    task('bls-aggregate-keys', 'keys', SIGNERS, () => bls.sumKeys(publicKeys)),
    { ...task('bls-verify', 'signatures', 1, check), settle },
  ];
}
