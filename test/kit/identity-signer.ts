import { createHttpClient } from '../../src/adapters/http/client.ts';
import {
  type IdentitySignerOptions,
  type IdentityTokenSource,
  openIdentitySigner,
} from '../../src/adapters/signers/index.ts';
import type { RecordIdentity } from '../../src/core/evidence/record-authority.ts';
import type { IdentitySigner, SigstoreProfile } from '../../src/core/evidence-ports.ts';
import { parseTrustedRoot } from '../../src/core/verify/trusted-root.ts';
import type { SigstoreServices } from './servers/sigstore-services.ts';
import { GATE_IDENTITY } from './servers/sigstore-token.ts';
import type { Sigstore, TrustedRootOptions } from './sigstore.ts';

/** What a job of GitHub Actions finds in its environment. */
export const githubSource = ({ url, requestToken }: SigstoreServices): IdentityTokenSource => ({
  kind: 'github-actions',
  requestUrl: url.oidc,
  requestToken,
});

export const openTestHttp: IdentitySignerOptions['openHttp'] = async (listedHosts) =>
  createHttpClient({ listedHosts, retry: { attempts: 1 } });

/** A signer against the stand-in, by the clock that the test gives. */
export const identitySigner = (
  services: SigstoreServices,
  profile: SigstoreProfile,
  now: () => Date,
  changes: Partial<IdentitySignerOptions> = {},
): Promise<IdentitySigner> =>
  openIdentitySigner(profile, {
    token: githubSource(services),
    openHttp: openTestHttp,
    now,
    elapsedMs: () => performance.now(),
    ...changes,
  });

/** Who signs with the tokens of the stand-in, under its root. */
export function recordIdentity(
  sigstore: Sigstore,
  now: () => Date,
  changes: Partial<Pick<RecordIdentity, 'subject' | 'issuer'>> = {},
  root: TrustedRootOptions = {},
): RecordIdentity {
  const rootBytes = Buffer.from(JSON.stringify(sigstore.trustedRoot(root)));
  return {
    kind: 'identity',
    ...GATE_IDENTITY,
    ...changes,
    root: parseTrustedRoot(rootBytes, 'trusted_root.json'),
    rootBytes,
    now,
  };
}
