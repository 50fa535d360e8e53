import { fails, holds, type Rule, type Stated } from './rule.ts';

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
    const digests = subject.kind === 'artifact' ? Object.values(subject.digests) : [];
    const named = statement.subjects.filter(({ digest }) =>
      subject.kind === 'exact-digest'
        ? subject.digests.every(({ algorithm, value }) => digest[algorithm] === value)
        : Object.values(digest).some((value) => digests.includes(value)),
    );
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
