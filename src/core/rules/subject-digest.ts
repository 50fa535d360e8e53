import type { Code } from '../../codes.ts';
import type { Expectations } from '../model/expectations.ts';
import type { Statement } from '../model/statement.ts';
import { bindSubjects } from '../model/subject-binding.ts';
import { type Check, fails, holds, type Rule, type Stated } from './rule.ts';

const printSubjects = ({ subjects }: Statement): string => {
  const [first, ...others] = subjects;
  const digests = Object.entries(first.digest).map(([algorithm, value]) => `${algorithm}:${value}`);
  return `${digests.join(', ')}${others.length === 0 ? '' : ` and ${others.length} more subjects`}`;
};

/** The attestation is about exactly this artifact: matched by digest, never by name. */
export const subjectDigest: Rule<Stated> = {
  id: 'subject-digest',
  spec: 'in-toto Statement v1, subject',
  expected({ subject }) {
    switch (subject.kind) {
      case 'artifact':
        return Object.entries(subject.digests)
          .filter(([algorithm]) => algorithm !== 'sha1')
          .map(([algorithm, value]) => `${algorithm}:${value}`)
          .join(', ');
      case 'exact-digest':
        return subject.digests.map(({ algorithm, value }) => `${algorithm}:${value}`).join(', ');
      case 'unbound':
        return undefined;
    }
  },
  check({ statement, verified }, expectations) {
    if (statement !== undefined) return checkStatement(statement, expectations);
    const { content } = verified;
    const { subject } = expectations;
    if (content.kind === 'dsse')
      return fails('dsse.payload-type', 'envelope holds no statement', content.payloadType);
    const actual = `${content.digestAlgorithm}:${content.digest.toString('hex')}`;
    const known = subject.kind === 'artifact' ? subject.digests[content.digestAlgorithm] : undefined;
    return known === content.digest.toString('hex')
      ? holds(actual)
      : fails('subject.mismatch', 'the signature is over another artifact', actual);
  },
};

function checkStatement(statement: Statement, { subject }: Expectations): Check {
  const actual = printSubjects(statement);
  if (subject.kind === 'unbound') return fails('subject.mismatch', 'no artifact was named', actual);
  if (subject.kind === 'exact-digest') {
    const { digests } = subject;
    const found =
      digests.length > 0 &&
      statement.subjects.some(({ digest }) =>
        digests.every(
          ({ algorithm, value }) => Object.hasOwn(digest, algorithm) && digest[algorithm] === value,
        ),
      );
    return found ? holds(actual) : fails('subject.mismatch', 'no subject has this digest', actual);
  }
  const code = bindSubjects(statement.subjects, subject.digests);
  if (code === 'ok') return holds(printMatch(statement));
  if (code === 'subject.mismatch' && subject.viaIndex !== undefined) {
    const index = bindSubjects(statement.subjects, subject.viaIndex);
    if (index === 'ok') return holds(`${printMatch(statement)}, an index that lists the artifact`);
  }
  if (code === 'subject.mismatch' && isOfOtherSide(statement, subject.otherSides ?? [])) {
    return fails(
      'subject.platform-not-covered',
      'the attestation is about the other side of an index: the whole, or one platform',
      actual,
    );
  }
  return fails(code, MESSAGES[code] ?? 'the attestation is about other artifacts', actual);
}

const isOfOtherSide = ({ subjects }: Statement, otherSides: readonly string[]): boolean =>
  subjects.some(({ digest }) =>
    otherSides.some((side) => Object.entries(digest).some(([name, value]) => `${name}:${value}` === side)),
  );

const MESSAGES: Readonly<Partial<Record<Code, string>>> = {
  'subject.digest-format': 'a subject has a digest that does not have the form of its algorithm',
  'subject.digest-conflict': 'the digests of a subject contradict each other about this artifact',
  'subject.weak-digest': 'the subjects have no digest of 256 bits or more',
};

const printMatch = (statement: Statement): string =>
  statement.subjects.length === 1 ? printSubjects(statement) : `one of ${statement.subjects.length} subjects`;
