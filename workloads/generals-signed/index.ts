// Byzantine generals with signed messages, SM(m): L. Lamport, R. Shostak, M. Pease, "The Byzantine Generals Problem", ACM TOPLAS 4(3), 1982,
// section 4. Clock, orders and clients are those of workloads/parts/generals.ts.
import { z } from 'zod';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { generalsCells, generalsObservations } from '../parts/generals-mechanism.ts';
import {
  GENERALS_HORIZON,
  GENERALS_REFERENCE,
  generalsHorizon,
  generalsParameters,
  type GeneralsParameters,
} from '../parts/generals-rules.ts';
import { nodesComeBack } from '../parts/write-ahead.ts';
import { messagesOf, mostMessagesOf, signedBound, signedCommitQuorum, signedMechanism, signedRules } from './mechanism.ts';

const byDefault = (nodes: number): number => signedBound({ m: 'auto' }, nodes);

const generalsSigned: Workload<GeneralsParameters> = {
  id: 'generals-signed',
  mark: 20,
  revision: 1,
  title: 'Byzantine generals with signed messages',
  family: 'voting',
  settings: ['consortium', 'private'],
  reference: { ...GENERALS_REFERENCE, section: 'section 4' },
  parameters: z.strictObject(generalsParameters),
  ...generalsCells({ usual: messagesOf, most: mostMessagesOf }),
  faultKinds: ['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'bad-signature', 'replay', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 2, max: 3000 },
  bound: {
    claim:
      'IC1 and IC2 with at most m traitors among any number of generals, where every message comes within its round; m = floor((n - 1) / 3), at most 2, by default, and n - 2 at most',
    faults: byDefault,
  },
  exactKinds: [],
  observations: generalsObservations,
  persists: nodesComeBack,
  engines: { messages: (setup) => runVoting(setup, (one) => signedMechanism(one as typeof setup)) },
  commitQuorum: (nodes) => signedCommitQuorum(nodes, byDefault(nodes)),
  horizon: GENERALS_HORIZON,
  horizon_us: (setup) => generalsHorizon(setup, signedRules(setup)),
};
export default generalsSigned;
