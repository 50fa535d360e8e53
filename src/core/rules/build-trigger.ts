import type { VerifiedAttestation } from '../attestation/verify.ts';
import { GITHUB_ISSUER } from '../model/known-builders.ts';
import { compareFact, fails, holds, type Interpreted, type Rule } from './rule.ts';

/** Events that run with the rights of the default branch while they may build somebody else's code. */
const BORROWED_RIGHTS = new Set(['pull_request_target', 'workflow_run', 'issue_comment']);

/** GitHub's certificates always say the event; one that does not would hide it. Keys and other platforms have none. */
const isGithubRun = ({ signer }: VerifiedAttestation): boolean =>
  signer.kind === 'certificate' && signer.claims.issuer === GITHUB_ISSUER;

const lendsRights = (verified: VerifiedAttestation | undefined): boolean => {
  if (verified?.signer.kind !== 'certificate') return false;
  const { buildTrigger, githubWorkflowTrigger } = verified.signer.claims;
  return BORROWED_RIGHTS.has(buildTrigger ?? githubWorkflowTrigger ?? '');
};

/**
 * The build was started by the expected event; with none named, by none that lends its rights to strangers. The signer's
 * identity is the same whatever event started it, so an expected identity does not answer this.
 */
export const buildTrigger: Rule<Interpreted> = {
  id: 'build-trigger',
  spec: 'Fulcio OID 1.3.6.1.4.1.57264.1.20',
  expected({ triggers, source, meaning }, verified) {
    if (triggers !== undefined) return triggers.join(' or ');
    const isAsked = source !== undefined || (meaning === 'predicate' && lendsRights(verified));
    return isAsked ? `none of ${[...BORROWED_RIGHTS].join(', ')}` : undefined;
  },
  check({ facts, verified }, { triggers: expected }) {
    const actual = facts?.trigger;
    if (expected !== undefined)
      return compareFact('event that started the build', expected, actual, 'build.trigger');
    if (actual !== undefined && BORROWED_RIGHTS.has(actual)) {
      return fails(
        'build.trigger',
        'the event runs with the rights of the default branch on behalf of others',
        actual,
        `Name it, if it is meant: --build-trigger ${actual}.`,
      );
    }
    if (actual === undefined && isGithubRun(verified)) {
      return fails('cert.claim-missing', 'the certificate does not say what started the run', undefined);
    }
    return holds(actual ?? 'not named');
  },
};
