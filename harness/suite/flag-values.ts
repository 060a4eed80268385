// Values of flags that are written as a suite writes them: `--load '{ kind: saturate }'`, `--fault '{ kind: crash, count: [0, 4] }'`.
import { parse } from 'yaml';
import { UserError, messageOf } from '../errors.ts';
import type { LoadSpec } from '../model/load.ts';
import { faultAxes } from './fault-schema.ts';
import { faultAxis } from './load.ts';
import { loads, loadSpecs } from './load-schema.ts';
import { dataSource, parseWith, type Source } from './source.ts';
import type { FaultAxis } from './types.ts';

function sourceOf(flag: string, text: string): Source {
  try {
    return dataSource(flag, parse(text));
  } catch (error) {
    throw new UserError(`${flag}: received ${text}, which is not YAML (${messageOf(error).split('\n')[0]}); accepted: what a suite takes`, {
      cause: error,
    });
  }
}

/** @throws UserError that names the flag and the key */
export const loadsOfFlag = (flag: string, text: string): readonly LoadSpec[] => loadSpecs(parseWith(loads, sourceOf(flag, text)));

/** @throws UserError that names the flag and the key */
export const faultsOfFlag = (flag: string, text: string): readonly FaultAxis[] => parseWith(faultAxes, sourceOf(flag, text)).map(faultAxis);
