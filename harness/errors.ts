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

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
};

/** The message of a file that cannot be read. */
export function readError(what: string, file: string, error: unknown): UserError {
  const reason = READ_ERRORS[errorCode(error) ?? ''] ?? messageOf(error);
  return new UserError(`${what} ${file}: ${reason}`, { cause: error });
}

const WRITE_ERRORS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would exceed the largest file size allowed',
  EROFS: 'the file system is read-only',
  EACCES: 'no permission to write there',
  EPERM: 'no permission to write there',
  EIO: 'the disk reports an input/output error',
  ENOTDIR: 'a part of the path is a file, not a folder',
};

/** The message of a write that failed for a reason outside this program, or null when the error is of another kind. */
export function writeError(file: string, error: unknown, advice: string): UserError | null {
  const reason = WRITE_ERRORS[errorCode(error) ?? ''];
  return reason === undefined
    ? null
    : new UserError(`cannot write ${file}: ${reason}. ${advice}`, { exitStatus: EXIT.failed, cause: error });
}
