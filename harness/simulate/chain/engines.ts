// The engines of a chain, with what each cannot represent.
import { limitedEngine, type Engine, type KnownSetup, type Setup } from '../core/contract.ts';
import { runChainMessages } from './messages.ts';
import { losesMessages } from './outages.ts';
import { runChainUnderLoad } from './run.ts';
import type { ChainSpec } from './spec.ts';

/**
 * A mechanism that says its rules as a ChainSpec, on both engines. Nodes ask again for what faults lose, which the fast one does not
 * follow; message by message blocks are always full.
 */
export function chainEngines<P extends Setup['parameters']>(
  specOf: (setup: Setup<P>) => ChainSpec,
): Record<'chain' | 'messages', Engine<P>> {
  return {
    chain: limitedEngine((setup: Setup<P>) => runChainUnderLoad(setup, specOf(setup)), lossOf),
    messages: limitedEngine((setup: Setup<P>) => runChainMessages(setup, specOf(setup)), loadOf),
  };
}

function lossOf({ faults }: KnownSetup<unknown>): string {
  return losesMessages(faults.entries) ? 'faults that lose messages for a time' : '';
}

function loadOf({ cell }: KnownSetup<unknown>): string {
  return cell.load.kind === 'closed' ? '' : 'a load that is not closed';
}
