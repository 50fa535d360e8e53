import type { SignedBundle } from '../kit/bundle.ts';
import type { TimestampAuthority } from '../kit/timestamp-authority.ts';
import type { TokenOptions } from '../kit/timestamp-token.ts';
import type { AuthorityTrustOptions } from '../kit/trusted-root.ts';
import { sigstore, type VerifyOptions, verify } from './verify.ts';

/** A bundle whose one time is this token. */
export const stamped = (timestamp: TokenOptions & { authority?: TimestampAuthority }): SignedBundle =>
  sigstore.signStatement({ profile: 'rekor2', timestamp });
/** A root that trusts these timestamp authorities and no other. */
export const trusting = (
  ...authorities: readonly [TimestampAuthority, AuthorityTrustOptions?][]
): VerifyOptions => ({
  root: sigstore.trustedRoot({
    tsa: null,
    edit: (root) => {
      root.timestampAuthorities = authorities.map(([authority, options]) => authority.toTrust(options));
    },
  }),
});
/** A trusted CA of which the leaf is not listed, so that the token has to bring it. */
export const caOnly = (authority: TimestampAuthority): VerifyOptions =>
  trusting([authority, { certificates: [authority.root.certificate.der] }]);
export const timesOf = (options: TokenOptions, verifying?: VerifyOptions): readonly number[] =>
  verify(stamped(options), verifying).times.map(({ timeMs }) => timeMs);
