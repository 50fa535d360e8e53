import type { ExpectationInput } from '../../src/app/requests.ts';
import type { SignedBundle } from '../kit/bundle.ts';
import { type GithubRun, ownWorkflowRun } from '../kit/github-run.ts';
import { createKeyPair } from '../kit/keys.ts';
import type { SignStatementOptions } from '../kit/sigstore.ts';
import {
  type NpmPackage,
  npmProvenanceV1,
  npmPublish,
  npmSubject,
  type SubjectJson,
} from '../kit/statement.ts';
import { sigstore } from './verify.ts';

/** A package of npm, and what is signed about it as the npm CLI and its registry do. */

export const PACKAGE: NpmPackage = { name: '@octo/widget', version: '1.2.3' };
export const PURL = 'pkg:npm/%40octo/widget@1.2.3';
export const REGISTRY = { id: 'SHA256:registry', keys: createKeyPair() };
export const FLAGS: Partial<ExpectationInput> = {
  builderId: 'https://github.com/actions/runner/github-hosted',
  sourceUri: 'github.com/octo-org/widget',
  npmPackage: PACKAGE.name,
  npmVersion: PACKAGE.version,
};
export const WANTED = '@octo/widget, version 1.2.3';
export const VERIFIES = 'signature, certificate, log entry and time verify';

export interface NpmSigner {
  readonly subject: SubjectJson[];
  /** As the npm CLI signs it, in the repository's own workflow. */
  provenance(subject?: SubjectJson[], changes?: Partial<GithubRun>): SignedBundle;
  /** As the registry signs it, with its bare key. */
  publish(subject?: SubjectJson[], options?: SignStatementOptions): SignedBundle;
}

/** @param tarball bytes of the package */
export function npmSigner(tarball: Buffer): NpmSigner {
  const own = [npmSubject(PACKAGE, tarball)];
  return {
    subject: own,
    provenance: (subject = own, changes = {}) => {
      const run = ownWorkflowRun(changes);
      return sigstore.signStatement({ run, statement: npmProvenanceV1(run, subject) });
    },
    publish: (subject = own, options = {}) =>
      sigstore.signStatement({
        publicKeyHint: REGISTRY.id,
        keys: REGISTRY.keys,
        statement: npmPublish(PACKAGE, subject),
        ...options,
      }),
  };
}

/** A member of the list that npm's attestations endpoint answers. */
export const labelled = (predicateType: string, { bundle }: SignedBundle): unknown => ({
  predicateType,
  bundle,
});
