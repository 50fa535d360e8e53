import { type FlagSpecs, text } from './flag.ts';
import { NETWORK_FLAGS } from './network-flags.ts';

/** Of commands whose records may be signed by an identity. */
export const IDENTITY_TOKEN_FLAG: FlagSpecs = {
  'identity-token-file': text(
    'KEYS',
    '<file>',
    'File with the OIDC token that a sigstore: signer signs by; default what the CI gives',
  ),
};

const TO_SERVICES = ['allow-host', 'proxy', 'ca-file', 'client-certificate'];

/** How the services of a `sigstore:` signer are reached, for commands that ask nothing else. */
export const SIGNER_NETWORK_FLAGS: FlagSpecs = Object.fromEntries(
  Object.entries(NETWORK_FLAGS).filter(([name]) => TO_SERVICES.includes(name)),
);

/** Who may have signed records, where an identity does. */
export const RECORD_IDENTITY_FLAGS = (group: string): FlagSpecs => ({
  'certificate-identity': text(
    group,
    '<name>',
    'Exact name in the certificates that records are signed with',
  ),
  'certificate-oidc-issuer': text(group, '<url>', 'Exact OIDC issuer in these certificates'),
  'trusted-root': text(group, '<name|file>', 'Trusted root that vouches for them: public-good, or a file'),
});

export const RECORD_IDENTITY_NEEDS = [
  ['certificate-identity', 'certificate-oidc-issuer'],
  ['certificate-identity', 'trusted-root'],
  ['certificate-oidc-issuer', 'certificate-identity'],
  ['trusted-root', 'certificate-identity'],
] as const;
