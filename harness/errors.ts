// Errors that a user can act on: one clear message (what, where, value received, what is accepted), never a stack trace.

/** Exit statuses of the command line. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Its message is printed as it stands; `exitStatus` 2 is usage or configuration, 1 anything else that went wrong. */
export class UserError extends Error {
  override name = 'UserError';
  readonly exitStatus: number;
  constructor(message: string, options: { exitStatus?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.exitStatus = options.exitStatus ?? EXIT.usage;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function errorCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** How a value received is shown in a message: as JSON, cut at 60 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON has no NaN, infinity or bigint, and says nothing of functions and symbols.
  const text =
    typeof value === 'number' || typeof value === 'bigint'
      ? String(value)
      : ((JSON.stringify(value) as string | undefined) ?? typeof value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** What a file system refuses, and what a person can do about it. */
interface Refusal {
  /** What is wrong with the file, whoever wants it. */
  readonly reason: string;
  /** Where reading says it otherwise. */
  readonly reading?: string;
  /** What makes the same place work; absent: only another place does. */
  readonly remedy?: string;
}

/** The one table of file-system errors: by code, the reason and the advice that fits it. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ENOSPC: { reason: 'the disk is full', remedy: 'free some space' },
  EDQUOT: { reason: 'the disk quota is used up', remedy: 'free some of it' },
  EFBIG: { reason: 'the file would exceed the largest file size allowed', remedy: 'raise that limit (ulimit -f)' },
  EROFS: { reason: 'the file system is read-only', remedy: 'mount it for writing' },
  EACCES: { reason: 'no permission to write there', reading: 'no permission to read it', remedy: 'get that permission' },
  EPERM: { reason: 'no permission to write there', reading: 'no permission to read it', remedy: 'get that permission' },
  EIO: { reason: 'the disk reports an input/output error', remedy: 'check the disk' },
  ENOENT: { reason: 'a folder of the path does not exist', reading: 'no such file', remedy: 'make that folder' },
  ENOTDIR: { reason: 'a part of the path is a file, not a folder' },
  EISDIR: { reason: 'is a folder, not a file' },
  EEXIST: { reason: 'something of that name is there already' },
  ENAMETOOLONG: { reason: 'the name is too long' },
  ELOOP: { reason: 'its symbolic links lead in a circle' },
  EMFILE: { reason: 'too many files are open in this process', remedy: 'raise that limit (ulimit -n)' },
  ENFILE: { reason: 'too many files are open on this machine', remedy: 'close some' },
  EBUSY: { reason: 'another program holds it', remedy: 'end that program' },
};

/** The message of a file that cannot be read. */
export function readError(what: string, file: string, error: unknown): UserError {
  const refusal = REFUSALS[errorCode(error) ?? ''];
  return new UserError(`${what} ${file}: ${refusal?.reading ?? refusal?.reason ?? messageOf(error)}`, { cause: error });
}

/** What a place means to who writes there. */
export interface WriteAdvice {
  /** How to choose another one: `choose another folder with --out`. Absent: it must be this one. */
  readonly elsewhere?: string;
  /** What to do when the cause is gone: `go on with: …`. */
  readonly then?: string;
}

/** The message of a write that failed for a reason outside this program, or null when the error is of another kind. */
export function writeError(file: string, error: unknown, { elsewhere, then }: WriteAdvice): UserError | null {
  const refusal = REFUSALS[errorCode(error) ?? ''];
  if (refusal === undefined) return null;
  const ways = [refusal.remedy, elsewhere].filter((way) => way !== undefined);
  const advice = [...(ways.length > 0 ? [ways.join(' or ')] : []), ...(then === undefined ? [] : [then])].join(' and ');
  const sentence = advice === '' ? '' : ` ${advice[0].toUpperCase()}${advice.slice(1)}${advice.includes(': ') ? '' : '.'}`;
  return new UserError(`cannot write ${file}: ${refusal.reason}.${sentence}`, { exitStatus: EXIT.failed, cause: error });
}

/** The message of an error that some file's system call gave and nobody foresaw; null when the error is of another kind. */
export function fileError(error: unknown): UserError | null {
  const { path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  const refusal = REFUSALS[errorCode(error) ?? ''];
  if (refusal === undefined || syscall === undefined) return null;
  const advice = refusal.remedy === undefined ? '' : ` (${refusal.remedy})`;
  return new UserError(`${path ?? 'a file'}: ${syscall} failed: ${refusal.reason}${advice}`, { exitStatus: EXIT.failed, cause: error });
}
