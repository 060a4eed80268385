// Each cause once: real ones where this machine lets a test make them, the table for all.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileError, readError, writeError } from '../../harness/errors.ts';
import { makeFolder } from '../../harness/folder/files.ts';
import { COSTS, copyDist, type Copy } from '../support/copy.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'files-'));
let copy: Copy;
beforeAll(() => {
  copy = copyDist({ fixture: true });
  writeFileSync(path.join(copy.folder, 'one.yaml'), 'name: one\nreplicates: 1\nsweep: { nodes: 4 }\nworkloads: { fixture: {} }\n');
});
afterAll(() => {
  copy.remove();
  rmSync(folder, { recursive: true });
});

const failure = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'open', path: 'x' });
const OUT = { elsewhere: 'choose another folder with --out' };

describe('one table of file-system errors, with the advice that fits each', () => {
  test.each([
    ['ENOSPC', 'the disk is full. Free some space or choose another folder with --out.'],
    ['EDQUOT', 'the disk quota is used up. Free some of it or choose another folder with --out.'],
    ['EROFS', 'the file system is read-only. Mount it for writing or choose another folder with --out.'],
    ['EACCES', 'no permission to write there. Get that permission or choose another folder with --out.'],
    ['EPERM', 'no permission to write there. Get that permission or choose another folder with --out.'],
    ['ENOENT', 'a folder of the path does not exist. Make that folder or choose another folder with --out.'],
    ['ENOTDIR', 'a part of the path is a file, not a folder. Choose another folder with --out.'],
    ['EISDIR', 'is a folder, not a file. Choose another folder with --out.'],
    ['ENAMETOOLONG', 'the name is too long. Choose another folder with --out.'],
    ['EMFILE', 'too many files are open in this process. Raise that limit (ulimit -n) or choose another folder with --out.'],
  ])('%s', (code, text) => {
    expect(writeError('x', failure(code), OUT)?.message).toBe(`cannot write x: ${text}`);
    if (!['ENOSPC', 'EDQUOT'].includes(code)) expect(text).not.toContain('space');
    expect(fileError(failure(code))?.message).toMatch(/^x: open failed: /);
  });
  test('a file that is read', () => {
    expect(readError('suite', 'x', failure('ENOENT')).message).toBe('suite x: no such file');
    expect(readError('suite', 'x', failure('EACCES')).message).toBe('suite x: no permission to read it');
  });
  test('an error of this program is none of the file system', () => {
    expect(writeError('x', new TypeError('no'), OUT)).toBeNull();
    expect(fileError(new TypeError('no'))).toBeNull();
  });
});

describe('a folder that cannot be made', () => {
  test.skipIf(!existsSync('/proc/self'))('below /proc, where a recursive mkdir of Node 20 never returns', () => {
    expect(() => makeFolder('/proc/consensus-bench', OUT)).toThrow('no permission to write there');
    expect(() => makeFolder('/proc/consensus-bench/a', OUT)).toThrow('no permission to write there');
  });
  test('through a file, and with a name that is too long', () => {
    writeFileSync(path.join(folder, 'file'), '');
    expect(() => makeFolder(path.join(folder, 'file', 'a', 'b'), OUT)).toThrow('a part of the path is a file, not a folder');
    expect(() => makeFolder(path.join(folder, 'x'.repeat(300), 'a'), OUT)).toThrow('the name is too long');
  });

  // A read-only file system of a user's own needs Linux with user namespaces: elsewhere this is skipped.
  const namespaces = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
  test.skipIf(!namespaces)('--out on a read-only file system says so, and is no internal error', () => {
    mkdirSync(path.join(copy.folder, 'readonly'));
    const command = `"${process.execPath}" dist/harness/cli/main.js run one.yaml --costs "${COSTS}" --out readonly/a/b`;
    const script = `mount -t tmpfs -o ro tmpfs readonly; ${command}; echo "exit $?"`;
    const out = execFileSync('unshare', ['-rm', 'sh', '-c', `{ ${script}\n} 2>&1`], { cwd: copy.folder, encoding: 'utf8' });
    expect(out).toBe(
      'cannot write readonly/a/b: the file system is read-only. Mount it for writing or choose another folder with --out.\nexit 2\n',
    );
  });

  // Root may write everywhere: its test takes another user's number.
  test.skipIf(process.platform === 'win32')('without permission', () => {
    const locked = path.join(folder, 'locked');
    mkdirSync(locked, { mode: 0o555 });
    chmodSync(folder, 0o755);
    const program =
      "if (process.getuid() === 0) process.setuid(65534); const { makeFolder } = await import(process.argv[1]); try { makeFolder(process.argv[2], { elsewhere: 'go' }); } catch (error) { console.log(error.message); }";
    const module = path.join(copy.folder, 'dist/harness/folder/files.js');
    chmodSync(copy.folder, 0o755);
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, module, path.join(locked, 'a', 'b')], {
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({
      stdout: `cannot write ${path.join(locked, 'a', 'b')}: no permission to write there. Get that permission or go.\n`,
      stderr: '',
    });
  });
});

test('a path through a file: what is wrong, and no word of space', async () => {
  const { status, stderr } = await copy.cli('run', 'one.yaml', '--costs', COSTS, '--out', 'one.yaml/a');
  expect(stderr).toBe('cannot write one.yaml/a: a part of the path is a file, not a folder. Choose another folder with --out.\n');
  expect(status).toBe(2);
});
