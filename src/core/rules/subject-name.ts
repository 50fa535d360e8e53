import { fails, holds, type Rule, type Stated } from './rule.ts';

/** A subject of the attestation has the expected name. Beside the digest, never instead of it. */
export const subjectName: Rule<Stated> = {
  id: 'subject-name',
  spec: 'in-toto Statement v1, subject[].name',
  expected: ({ subjectName: name }) => name,
  check({ statement }, { subjectName: expected, subject }) {
    if (statement === undefined)
      return fails('subject.name', 'a signature without a statement names nothing', undefined);
    const digests = subject.kind === 'artifact' ? Object.values(subject.digests) : [];
    const named = statement.subjects.filter(({ digest }) =>
      subject.kind === 'exact-digest'
        ? digest[subject.algorithm] === subject.value
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
