import { compareDigests, type DigestSet } from '../model/digest.ts';
import type { Expectations } from '../model/expectations.ts';
import { fails, holds, type Rule, type Stated } from './rule.ts';

/** Whether a digest set names the artifact as `subject-digest` has it: a weak digest gives nothing its name. */
export function isSubject(digest: DigestSet, subject: Expectations['subject']): boolean {
  switch (subject.kind) {
    case 'artifact':
      return compareDigests(digest, subject.digests) === 'match';
    case 'exact-digest':
      return (
        subject.digests.length > 0 &&
        subject.digests.every(
          ({ algorithm, value }) => Object.hasOwn(digest, algorithm) && digest[algorithm] === value,
        )
      );
    case 'unbound':
      return false;
  }
}

/**
 * A subject of the attestation has the expected name: beside the digest, never instead of it. An attestation of PyPI
 * must name the distribution's file (PEP 740).
 */
export const subjectName: Rule<Stated> = {
  id: 'subject-name',
  spec: 'in-toto Statement v1, subject[].name',
  expected: ({ subjectName: name, fileName }, verified) =>
    name ?? (verified?.isPypi === true ? fileName : undefined),
  check({ statement }, { subjectName, fileName, subject }) {
    const expected = subjectName ?? fileName;
    if (statement === undefined)
      return fails('subject.name', 'a signature without a statement names nothing', undefined);
    const named = statement.subjects.filter(({ digest }) => isSubject(digest, subject));
    const names = named.map(({ name }) => name ?? 'none');
    return expected !== undefined && names.includes(expected)
      ? holds(expected)
      : fails(
          'subject.name',
          'the attestation knows these bytes under another name',
          names.join(', ') || 'none',
        );
  },
};
