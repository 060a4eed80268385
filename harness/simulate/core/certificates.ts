// Certificates: proof that so many nodes have signed one thing, as a list of signatures or as one aggregate signature; and how long checks
// take by the node profile.
import type { NodeProfile } from '../../model/cell.ts';
import { SIGNATURE_BYTES } from '../../model/transactions.ts';

const NODE_BYTES = 4;
/** A BLS signature on BLS12-381 in the smaller group, compressed. */
const AGGREGATE_SIGNATURE_BYTES = 48;

/** `list`: each signer with its Ed25519 signature. `aggregate`: one BLS signature, and a bit for each node: has it signed? */
export type CertificateForm = 'list' | 'aggregate';

/** Of `signers` among `nodes`. */
export function certificate_bytes(form: CertificateForm, signers: number, nodes: number): number {
  return form === 'list' ? signers * (NODE_BYTES + SIGNATURE_BYTES) : AGGREGATE_SIGNATURE_BYTES + Math.ceil(nodes / 8);
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

/** How long it takes to make one of shares and to see that none of them is bad, one's own among them. */
export function aggregateShares_ns(shares: number, node: NodeProfile): number {
  return shares * node.aggregate_ns + checkCertificate_ns('aggregate', shares, node);
}
