import { checkNpmPublish } from '../interpret/npm-publish.ts';
import type { Expectations } from '../model/expectations.ts';
import { NPM_PUBLISH_TYPE } from '../model/npm.ts';
import { parseNpmPurl } from '../model/npm-purl.ts';
import type { Statement } from '../model/statement.ts';
import { parseSignedStatement } from '../model/statement.ts';
import { type Check, fails, holds, type Rule, type Stated } from './rule.ts';
import { isSubject } from './subject-name.ts';

/**
 * The attestation is about the expected npm package and version, and so is what the registry signed beside it when it
 * came out of npm's list.
 */
export const npmPackage: Rule<Stated> = {
  id: 'npm-package',
  spec: 'npm publish attestation v0.1; package URL specification, npm',
  expected({ npmPackage: wanted }, verified) {
    if (wanted === undefined && verified?.npmPublish === undefined) return undefined;
    const name = wanted?.name ?? 'the same package in every attestation';
    return wanted?.version === undefined ? name : `${name}, version ${wanted.version}`;
  },
  check({ statement, verified }, expectations) {
    if (statement === undefined)
      return fails('npm.package', 'a signature without a statement names no package', undefined);
    const wanted = expectations.npmPackage ?? {};
    const own = checkNpmNames(statement, wanted);
    if (!own.check.holds || verified.npmPublish === undefined) return own.check;
    const { content } = verified.npmPublish;
    if (!verified.npmPublish.isRegistrySigned || content.kind !== 'dsse') {
      return fails('npm.attestations', "the publish attestation is not signed by npm's registry", own.purl);
    }
    const publish = parseSignedStatement(content);
    if (publish.predicateType !== NPM_PUBLISH_TYPE) {
      return fails(
        'predicate.type-mismatch',
        'the publish attestation is labelled as another type',
        publish.predicateType,
      );
    }
    const { subject } = expectations;
    const isSameArtifact =
      subject.kind === 'unbound' || publish.subjects.some(({ digest }) => isSubject(digest, subject));
    if (!isSameArtifact) return fails('subject.mismatch', 'the registry published other bytes', own.purl);
    const beside = checkNpmNames(publish, wanted);
    if (!beside.check.holds) return beside.check;
    const { name, version } = checkNpmPublish(publish.predicate);
    const stated = checkNpmNames(publish, { name, version });
    if (!stated.check.holds) {
      return fails(
        'npm.attestations',
        'the registry published the package under another name or version than it is signed for',
        `${name}, version ${version}, for ${stated.purl}`,
      );
    }
    return beside.purl === own.purl
      ? holds(own.purl)
      : fails(
          'npm.attestations',
          'provenance and publish attestation name different packages',
          `${own.purl} and ${beside.purl}`,
        );
  },
};

/** Whether the one subject of a statement is the wanted package; what is not named is free. */
export function checkNpmNames(
  statement: Statement,
  wanted: NonNullable<Expectations['npmPackage']>,
): { readonly check: Check; readonly purl: string } {
  const [first, second] = statement.subjects;
  const purl = first.name ?? 'none';
  if (second !== undefined)
    return { check: fails('npm.package', 'the attestation is about several packages', purl), purl };
  const parsed = first.name === undefined ? undefined : parseNpmPurl(first.name);
  if (parsed === undefined)
    return { check: fails('npm.package', 'the subject is no npm package', purl), purl };
  if (wanted.name !== undefined && parsed.name !== wanted.name) {
    return { check: fails('npm.package', 'the attestation is about another package', purl), purl };
  }
  if (wanted.version !== undefined && parsed.version !== wanted.version) {
    return { check: fails('npm.package', 'the attestation is about another version', purl), purl };
  }
  return { check: holds(purl), purl };
}
