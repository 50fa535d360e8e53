import type { SignedBundle } from '../../test/kit/bundle.ts';
import { type GithubRun, ownWorkflowRun } from '../../test/kit/github-run.ts';
import { sha256 } from '../../test/kit/keys.ts';
import { createSigstore, type SignStatementOptions, type Sigstore } from '../../test/kit/sigstore.ts';
import type { StatementJson, SubjectJson } from '../../test/kit/statement.ts';

/** A private Sigstore in the place of the public one, and what cases need to trust it. */
export interface GithubKit {
  readonly sigstore: Sigstore;
  readonly files: Readonly<Record<string, string>>;
  readonly trust: Readonly<Record<string, unknown>>;
}

export function createGithubKit(): GithubKit {
  const sigstore = createSigstore();
  const anchor = `sha256:${sha256(sigstore.ca.root.certificate.der).toString('hex')}`;
  return {
    sigstore,
    files: { 'trusted_root.json': `${JSON.stringify(sigstore.trustedRoot())}\n` },
    trust: { trustedRoots: { 'public-good': '../trusted_root.json' }, anchors: { 'public-good': anchor } },
  };
}

/** Signs what the repository's own workflow attests, in the form that `statement` gives. */
export const signerOf =
  (
    sigstore: Sigstore,
    base: Partial<GithubRun>,
    statement: (run: GithubRun, subject: SubjectJson[]) => StatementJson,
  ) =>
  (changes: Partial<GithubRun> = {}, options: SignStatementOptions = {}): SignedBundle => {
    const run = ownWorkflowRun({ ...base, ...changes });
    return sigstore.signStatement({
      run,
      statement: (right) => statement(run, right.subject ?? []),
      ...options,
    });
  };
