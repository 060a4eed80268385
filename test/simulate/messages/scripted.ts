// Protocols from a step function, whose inputs are logged as `time participant what`.
import {
  runMessages,
  type Input,
  type Message,
  type MessageRun,
  type Outbox,
  type Protocol,
} from '../../../harness/simulate/messages/engine.ts';
import { setupOf } from '../../../harness/simulate/core/simulate.ts';
import type { Setup } from '../../../harness/simulate/core/contract.ts';
import pbft from '../../../workloads/pbft/index.ts';
import { makeCell, simulationKernels, type CellOptions } from '../../cells.ts';

export const message = (at: Partial<Message> = {}): Message => ({ type: 1, view: 0, sequence: 0, bytes: 1000, ...at });
export const setup = (options: CellOptions): Setup => setupOf(makeCell(pbft, options), pbft, { kernels: simulationKernels });

export type Step = (id: number, input: Input<Message>, out: Outbox<Message>, state: { seen: number }) => void;

/** Each participant's state counts the inputs that it has seen since it was made. */
export function script(
  step: Step,
  options: CellOptions & Partial<Pick<Setup, 'resources'>> = {},
  protocol: Partial<Protocol<{ id: number; seen: number }, Message>> = {},
): { log: string[]; run: MessageRun<{ id: number; seen: number }> } {
  const { resources, ...cell } = options;
  const log: string[] = [];
  const made = { ...setup(cell), ...(resources === undefined ? {} : { resources }) };
  const what = (input: Input<Message>): string => {
    switch (input.kind) {
      case 'message':
        return `${input.from}:${input.message.type}.${input.message.view}.${input.message.sequence}`;
      case 'work':
      case 'persisted':
        return `${input.kind} ${String(input.token)}`;
      case 'recover':
        return `recover [${input.persisted.join(' ')}]`;
      case 'timer':
        return `timer ${input.id}`;
      default:
        return input.kind;
    }
  };
  const run = runMessages<{ id: number; seen: number }, Message>(
    {
      nodes: made.nodes,
      participants: made.nodes,
      init: (id) => ({ id, seen: 0 }),
      done: () => false,
      step: (state, input, out) => {
        state.seen += 1;
        if (input.kind !== 'start' || input.now_us > 0) log.push(`${input.now_us} ${state.id} ${what(input)}`);
        step(state.id, input, out, state);
      },
      ...protocol,
    },
    made,
  );
  return { log, run };
}
