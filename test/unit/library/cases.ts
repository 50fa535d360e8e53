import { readFileSync } from 'node:fs';
import type { Expectations, VerifyArtifactRequest } from '../../../src/index.ts';
import { signerUri } from '../../kit/github-run.ts';
import { ARTIFACT, createSigstore } from '../../kit/sigstore.ts';

const CASE = new URL('../../../testdata/attestations/npm-sigstore-5.0.0/', import.meta.url);

/** A real attestation, under the roots that ship with the package. */
export const REAL = {
  tarball: readFileSync(new URL('sigstore-5.0.0.tgz', CASE)),
  bundle: readFileSync(new URL('provenance.sigstore.json', CASE)),
  artifactPath: new URL('sigstore-5.0.0.tgz', CASE).pathname,
  bundlePath: new URL('provenance.sigstore.json', CASE).pathname,
  sha512:
    '849a897e81bf7b8a8541a6ae40bd3473a27a16b1cb0462ad905bd6dc96d34881053a12eb4a375233f81677fc9439f628fe0b0445e8535c60b5559597fbd5f80e',
  signer: {
    certificateIdentity:
      'https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main',
    certificateOidcIssuer: 'https://token.actions.githubusercontent.com',
  },
} as const;

export const REAL_REQUEST: VerifyArtifactRequest = {
  artifact: { bytes: REAL.tarball, name: 'sigstore-5.0.0.tgz' },
  attestations: [REAL.bundle],
  expectations: { ...REAL.signer, sourceUri: 'github.com/sigstore/sigstore-js', npmPackage: 'sigstore' },
};

export const sigstore = createSigstore();
export const ROOT = {
  name: 'ours',
  bytes: Buffer.from(JSON.stringify(sigstore.trustedRoot())),
};
export const EXPECTED: Expectations = {
  certificateIdentity: signerUri(sigstore.run),
  certificateOidcIssuer: 'https://token.actions.githubusercontent.com',
  sourceUri: 'github.com/octo-org/widget',
};
/** After everything was signed. */
export const NOW = new Date('2026-03-02T00:00:00Z');

/** A request over bundles of the kit, good but for what the changes say. */
export const requestOf = (
  text: string,
  changes: Partial<VerifyArtifactRequest> = {},
): VerifyArtifactRequest => ({
  artifact: { bytes: ARTIFACT },
  attestations: [Buffer.from(text)],
  expectations: EXPECTED,
  trustedRoots: [ROOT],
  now: NOW,
  ...changes,
});
