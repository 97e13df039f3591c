import { rangeName } from './finding.ts';
import type { Verification } from './verify.ts';

/** What `npm run verify` says beside its findings: one sentence for each thing worth knowing. */
export function summary(verdict: Verification): string {
  const { requests, events, findings, purged, checkpoints } = verdict;
  const sentences = [
    `${requests} requests, ${events} audit events, ${findings.length} findings.`,
    verdict.unwitnessed > 0 && `${verdict.unwitnessed} requests have no line in this log.`,
    verdict.young > 0 && `${verdict.young} of the last five minutes have no line yet.`,
    verdict.by_checkpoint_alone > 0 && `${verdict.by_checkpoint_alone} are held against checkpoints alone.`,
    verdict.reconciled.length > 0 &&
      `Reconcile witnessed, in the place of lost lines: ${verdict.reconciled.map(rangeName).join(', ')}.`,
    verdict.not_covered.length > 0 &&
      `The trail does not cover the content of requests from before digests: ${verdict.not_covered.map(rangeName).join(', ')}.`,
    checkpoints > 0 && `${checkpoints} checkpoints were held against it.`,
    purged > 0 && `${purged} requests were purged, and left their tombstones.`,
  ];
  return sentences.filter((sentence) => sentence !== false).join(' ');
}
