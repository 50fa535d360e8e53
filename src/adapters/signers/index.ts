import type { IdentitySigner, Signer, SigstoreProfile } from '../../core/evidence-ports.ts';
import { refuse } from '../../errors.ts';
import { openKeySigner } from './key/index.ts';
import type { SignerOptions } from './options.ts';
import type { IdentitySignerOptions } from './sigstore/options.ts';

export type { PassphraseSource, SignerOptions } from './options.ts';
export { readPassphraseFile } from './passphrase-file.ts';
export type { IdentitySignerOptions, IdentityTokenSource } from './sigstore/options.ts';

/** Schemes that have their place in configuration and are not written yet. */
const LATER = ['kms'];

/**
 * Opens the signer that a reference names: `key:FILE` or `pkcs11:URI`. Nothing is chosen for the caller.
 *
 * @throws SlsaGateError `signer.unsupported`, `signer.key`, `signer.passphrase`, `signer.failed`, `path.*`
 */
export async function openSigner(reference: string, options: SignerOptions): Promise<Signer> {
  const colon = reference.indexOf(':');
  const scheme = colon === -1 ? '' : reference.slice(0, colon);
  const rest = reference.slice(colon + 1);
  if (scheme === 'key') return openKeySigner(rest, options);
  if (scheme === 'pkcs11') return (await import('./pkcs11/index.ts')).openPkcs11Signer(rest, options);
  if (scheme === 'sigstore') {
    refuse('signer.unsupported', 'sigstore: signs records alone, since nobody keeps its keys', {
      hint: 'Name key:FILE or pkcs11:URI; sigstore:PROFILE is for recordSigner of an evidence file.',
    });
  }
  if (LATER.includes(scheme))
    refuse('signer.unsupported', `signers of this kind do not exist yet: ${scheme}:`);
  // A reference without a scheme may be a PIN or passphrase in the wrong place.
  refuse(
    'signer.unsupported',
    scheme === '' ? 'the signer has no scheme' : `there is no such signer: ${scheme}:`,
  );
}

/** Opens the signer of a profile. It asks nobody for anything before it signs. */
export const openIdentitySigner = async (
  profile: SigstoreProfile,
  options: IdentitySignerOptions,
): Promise<IdentitySigner> => (await import('./sigstore/index.ts')).createIdentitySigner(profile, options);
