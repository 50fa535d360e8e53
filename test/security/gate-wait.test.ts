import { describe, expect, it, vi } from 'vitest';
import { waitFor } from '../../src/cli/wait.ts';
import type { Code } from '../../src/codes.ts';
import type { Finding } from '../../src/core/model/finding.ts';
import type { ArtifactResult, ResultDocument, Verdict } from '../../src/core/model/result.ts';

/** What `--wait` repeats: nothing that another try could cover up. */

function document(verdict: Verdict, code: Code, outcome: Finding['outcome']): ResultDocument {
  const finding: Finding = {
    rule: 'evidence-record',
    code,
    outcome,
    required: true,
    expected: '',
    actual: '',
    message: '',
    evidence: [],
    spec: '',
  };
  return {
    schemaVersion: 1,
    verdict,
    results: [{ verdict, findings: [finding] } as unknown as ArtifactResult],
  };
}

const ALLOWED = document('allow', 'ok', 'pass');

describe('waiting', () => {
  it.each([
    ['evidence of our own is not intact', document('indeterminate', 'evidence.tampered', 'error')],
    ['the log was rolled back', document('indeterminate', 'evidence.rollback', 'error')],
    ['something is broken in the gate', document('indeterminate', 'internal.bug', 'error')],
    ['the artifact is denied', document('deny', 'source.ref', 'fail')],
  ])('ends with the first answer where %s', async (_, first) => {
    const decide = vi.fn(async () => ALLOWED).mockResolvedValueOnce(first);
    expect(await waitFor(600, decide, async () => {})).toBe(first);
    expect(decide).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['a source that did not answer', document('indeterminate', 'source.unavailable', 'error')],
    ['an attestation that is not there yet', document('deny', 'attestation.missing', 'fail')],
    ['a store that cannot be written', document('indeterminate', 'evidence.unwritable', 'error')],
  ])('goes on for %s', async (_, first) => {
    const decide = vi.fn(async () => ALLOWED).mockResolvedValueOnce(first);
    expect(await waitFor(600, decide, async () => {})).toBe(ALLOWED);
  });
});
