// Certificates: proof that so many nodes have signed one thing, as a list of signatures or as one aggregate signature; and how long checks
// take by the node profile.
import type { NodeProfile } from '../../model/cell.ts';
import { AGGREGATE_SIGNATURE_BYTES } from '../../model/kernels.ts';
import { SIGNATURE_BYTES } from '../../model/transactions.ts';
import type { OperationLog, Share } from './operations.ts';

const NODE_BYTES = 4;

/** `list`: each signer with its Ed25519 signature. `aggregate`: one BLS signature in G1, and a bit for each node: has it signed? */
export type CertificateForm = 'list' | 'aggregate';

/** Of a vote for a certificate: a signature, or a share of one. */
export function authenticator_bytes(form: CertificateForm): number {
  return form === 'list' ? SIGNATURE_BYTES : AGGREGATE_SIGNATURE_BYTES;
}

/** Of `signers` among `nodes`. */
export function certificate_bytes(form: CertificateForm, signers: number, nodes: number): number {
  return form === 'list' ? signers * (NODE_BYTES + SIGNATURE_BYTES) : AGGREGATE_SIGNATURE_BYTES + Math.ceil(nodes / 8);
}

/** A node checks a certificate that came, made of these votes. Returns whether it is good. */
export function checkCertificate(log: OperationLog, form: CertificateForm, votes: readonly Share[]): boolean {
  return form === 'aggregate' ? log.checkAggregate(votes) : log.verify(votes).length === votes.length;
}

/** The same `times` over, of good ones with so many signers, counted without their votes. */
export function countCertificates(log: OperationLog, form: CertificateForm, signers: number, times: number): void {
  if (form === 'list') log.countVerifies(signers, times);
  else if (times > 0) log.countAggregates({ aggregate_verifies: times, aggregate_keys: times * signers });
}

/** How long a node takes to check so many signatures together. */
export function checkSignatures_ns(
  { verify_ns, verify_batched_ns }: Pick<NodeProfile, 'verify_ns' | 'verify_batched_ns'>,
  count: number,
): number {
  return count === 1 ? verify_ns : count * verify_batched_ns;
}

/** How long a check takes: as one batch, or as one signature after the signers' keys are added up. */
export function checkCertificate_ns(form: CertificateForm, signers: number, node: NodeProfile): number {
  if (signers === 0) return 0;
  if (form === 'aggregate') return signers * node.aggregate_ns + node.verify_aggregate_ns;
  return checkSignatures_ns(node, signers);
}

/** How long it takes to decode shares, to make one signature of them and to see that none of them is bad, one's own among them. */
export function aggregateShares_ns(shares: number, node: NodeProfile): number {
  return shares * (node.decode_share_ns + node.aggregate_ns) + checkCertificate_ns('aggregate', shares, node);
}
