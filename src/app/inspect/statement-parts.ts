import { type ArtifactDigests, compareDigests } from '../../core/model/digest.ts';
import { parseStatement, type Statement, type Subject } from '../../core/model/statement.ts';
import { attempt, refuse } from '../../errors.ts';
import type { InspectPart } from '../requests.ts';
import { checked, covered } from './part.ts';

const digestText = (subject: Subject): string =>
  Object.entries(subject.digest)
    .map(([algorithm, value]) => `${algorithm}:${value}`)
    .join(', ');

const subjectPart = (subject: Subject, isProven: boolean): InspectPart =>
  covered('subject', `${subject.name ?? subject.uri ?? 'unnamed'} ${digestText(subject)}`, isProven);

/** Whether one of the subjects is the artifact; an equal digest that nobody signed proves nothing. */
const artifactPart = (statement: Statement, isProven: boolean, artifact: ArtifactDigests): InspectPart => {
  const answers = statement.subjects.map((subject) => compareDigests(subject.digest, artifact));
  const tried = attempt(() => {
    if (answers.includes('match') && !answers.includes('conflict')) return;
    refuse('subject.mismatch', 'no subject is the artifact', {
      expected: Object.entries(artifact)
        .map(([algorithm, value]) => `${algorithm}:${value}`)
        .join(', '),
    });
  });
  return 'error' in tried
    ? checked('artifact', undefined, tried)
    : covered('artifact', 'among the subjects', isProven);
};

/** As {@link inspectRead}, for a payload that is a statement and nothing else. */
export const inspectStatement = (
  payload: Uint8Array,
  isProven: boolean,
  artifact: ArtifactDigests | undefined,
): readonly InspectPart[] => inspectRead(() => parseStatement(payload), isProven, artifact);

/**
 * An in-toto statement, proven only when the whole attestation verifies.
 *
 * @param artifact digests to compare the subjects with
 */
export function inspectRead(
  read: () => Statement,
  isProven: boolean,
  artifact: ArtifactDigests | undefined,
): readonly InspectPart[] {
  const statement = attempt(read);
  if ('error' in statement) return [checked('statement', undefined, statement)];
  const { type, predicateType, subjects } = statement.value;
  return [
    {
      name: 'statement',
      value: type,
      proven: isProven ? 'yes' : 'not-checked',
      parts: [
        covered('predicate type', predicateType, isProven),
        ...subjects.map((subject) => subjectPart(subject, isProven)),
      ],
    },
    ...(artifact === undefined ? [] : [artifactPart(statement.value, isProven, artifact)]),
  ];
}
