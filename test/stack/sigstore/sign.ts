import { bundleToJSON } from '@sigstore/bundle';
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness, type Witness } from '@sigstore/sign';
import type { BundleJson } from '../../kit/bundle.ts';
import { type GithubRun, generatorRun } from '../../kit/github-run.ts';
import { generatorProvenanceV02, IN_TOTO, type StatementJson } from '../../kit/statement.ts';
import { githubTokenClaims } from './claims.ts';
import type { IssuerName, TokenClaims } from './identity-issuer.ts';
import type { PrivateSigstore } from './index.ts';

/**
 * Where a signature is logged. `dsse1`, `intoto1`: Rekor v1, which stores the envelope of the second; `dsse1+tsa`: with a
 * timestamp; `dsse2`: Rekor v2 and a timestamp.
 */
export type LogKind = 'dsse1' | 'intoto1' | 'dsse1+tsa' | 'dsse2';

export interface SignedBy {
  readonly issuer?: IssuerName;
  readonly claims?: TokenClaims;
  readonly kind?: LogKind;
}

function witnessesOf({ rekorUrl, rekor2Url, tsaUrl }: PrivateSigstore, kind: LogKind): Witness[] {
  const rekor = (entryType: 'dsse' | 'intoto'): Witness =>
    new RekorWitness({ rekorBaseURL: rekorUrl, entryType });
  const tsa = new TSAWitness({ tsaBaseURL: tsaUrl.replace('/api/v1/timestamp', '') });
  switch (kind) {
    case 'dsse1':
      return [rekor('dsse')];
    case 'intoto1':
      return [rekor('intoto')];
    case 'dsse1+tsa':
      return [rekor('dsse'), tsa];
    case 'dsse2':
      return [new RekorWitness({ rekorBaseURL: rekor2Url, majorApiVersion: 2, entryType: 'dsse' }), tsa];
  }
}

/** Signs a statement without a key of its own, with no program but the library; a v0.3 bundle. */
export async function signStatement(
  sigstore: PrivateSigstore,
  statement: StatementJson,
  { issuer = 'actions', claims = githubTokenClaims(generatorRun()), kind = 'dsse1' }: SignedBy = {},
): Promise<BundleJson> {
  const identityProvider = { getToken: async () => sigstore.issuer.token(issuer, claims) };
  const signer = new FulcioSigner({ fulcioBaseURL: sigstore.fulcioUrl, identityProvider });
  const builder = new DSSEBundleBuilder({ signer, witnesses: witnessesOf(sigstore, kind) });
  const bundle = await builder.create({ data: Buffer.from(JSON.stringify(statement)), type: IN_TOTO });
  return JSON.parse(JSON.stringify(bundleToJSON(bundle)));
}

/** A statement that octo-org/widget's generator makes of content with this digest, as the kit's default is. */
export const provenanceOf = (sha256: string, run: GithubRun = generatorRun()): StatementJson =>
  generatorProvenanceV02(run, [{ name: 'widget', digest: { sha256 } }]);
