import { attempt } from '../../errors.ts';
import { type CheckpointKey, parseCheckpointKey } from '../log/checkpoint.ts';
import { parseLeaf } from '../log/leaf.ts';
import { verifyProof } from '../log/proof.ts';
import type { LoggedLeaf } from '../model/evidence.ts';
import { fails, holds, type Interpreted, type Rule } from './rule.ts';

/** The summary stands in the evidence log of its verifier, under a head that the log's key signed. */
export const summaryLog: Rule<Interpreted> = {
  id: 'summary-log',
  spec: 'C2SP tlog-proof',
  expected: ({ summary }) => (summary?.logKey === undefined ? undefined : `in the log of ${summary.logKey}`),
  check({ digest, logged }, { summary }) {
    const own = logged.filter((entry) => isAbout(entry, digest));
    const key = attempt(() => parseCheckpointKey(summary?.logKey ?? ''));
    if (own.length === 0 || 'error' in key) {
      return fails('vsa.not-logged', 'no proof of a log was given for the summary', undefined);
    }
    const proven = own.map((entry) => proveUnder(key.value, entry)).find((index) => index !== undefined);
    return proven === undefined
      ? fails(
          'vsa.not-logged',
          'the proof does not lead to a head of the log',
          `${own.length} that do not hold`,
        )
      : holds(`position ${proven} of ${key.value.name}`);
  },
};

/** Leaves come from strangers: what cannot be read is about nothing. */
function isAbout({ leaf }: LoggedLeaf, digest: string): boolean {
  const parsed = attempt(() => parseLeaf(leaf));
  return (
    'value' in parsed &&
    parsed.value.type === 'decision' &&
    parsed.value.vsaDigest !== null &&
    `sha256:${parsed.value.vsaDigest}` === digest
  );
}

/** Position in the log; undefined where the proof does not hold, whatever it is that is wrong with it. */
function proveUnder(key: CheckpointKey, { leaf, proof }: LoggedLeaf): number | undefined {
  const proven = attempt(() => verifyProof(proof, leaf, { origin: key.name, keys: [key] }));
  return 'value' in proven ? proven.value.index : undefined;
}
