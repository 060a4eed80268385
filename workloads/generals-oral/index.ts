// Byzantine generals with oral messages, OM(m): L. Lamport, R. Shostak, M. Pease, "The Byzantine Generals Problem", ACM TOPLAS 4(3), 1982,
// section 3. Clock, orders and clients are those of workloads/parts/generals.ts.
import { z } from 'zod';
import type { Workload } from '../../harness/simulate/core/contract.ts';
import { runVoting } from '../../harness/simulate/messages/voting/voting.ts';
import { generalsCells, generalsObservations } from '../parts/generals-mechanism.ts';
import { GENERALS_HORIZON, GENERALS_REFERENCE, generalsHorizon, generalsParameters } from '../parts/generals-rules.ts';
import { nodesComeBack } from '../parts/write-ahead.ts';
import { oralBound, oralCommitQuorum, oralMechanism, oralRules, type OralParameters } from './mechanism.ts';
import { messagesOf } from './paths.ts';

const parameters = z.strictObject({
  ...generalsParameters,
  relays: z
    .enum(['digest', 'order'])
    .default('digest')
    .describe('what lieutenants say to each other: the digest of the order, which the commander sends them, or the order itself'),
});

const generalsOral: Workload<OralParameters> = {
  id: 'generals-oral',
  mark: 19,
  revision: 1,
  title: 'Byzantine generals with oral messages',
  family: 'voting',
  settings: ['consortium', 'private'],
  reference: { ...GENERALS_REFERENCE, section: 'section 3' },
  parameters,
  ...generalsCells({ usual: messagesOf, most: messagesOf }),
  // Nothing is signed, so there is no bad signature.
  faultKinds: ['crash', 'silent-leader', 'equivocate', 'wrong-vote', 'replay', 'delay', 'loss', 'partition', 'schedule'],
  nodes: { min: 2, max: 3000 },
  bound: {
    claim:
      'IC1 and IC2 with at most m traitors among more than 3m generals, where every message comes within its round; m = floor((n - 1) / 3), at most 2, by default',
    faults: (nodes) => oralBound({ m: 'auto' }, nodes),
  },
  exactKinds: [],
  observations: generalsObservations,
  persists: nodesComeBack,
  engines: { messages: (setup) => runVoting(setup, (one) => oralMechanism(one as typeof setup)) },
  commitQuorum: oralCommitQuorum,
  horizon: GENERALS_HORIZON,
  horizon_us: (setup) => generalsHorizon(setup, oralRules(setup)),
};
export default generalsOral;
