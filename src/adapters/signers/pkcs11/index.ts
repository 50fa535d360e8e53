import { isAbsolute, join } from 'node:path';
import type { PKCS11 } from 'pkcs11js';
import type { Signer } from '../../../core/evidence-ports.ts';
import { refuse } from '../../../errors.ts';
import type { SignerOptions } from '../options.ts';
import { readPassphraseFile } from '../passphrase-file.ts';
import { type Curve, curveOf, publicKeyOf, signChecked, toSpki } from './curves.ts';
import { acquireLibrary, type Pkcs11Package, releaseLibrary } from './library.ts';
import { call, openTokenKey, type TokenKey } from './token.ts';
import { type Pkcs11Uri, parsePkcs11Uri } from './uri.ts';

export type { Pkcs11Package } from './library.ts';

/** What signs once to show that both halves are one key. */
const PROBE = Buffer.from('slsa-gate: do both halves of this key belong together?');

/**
 * Signs with a key that never leaves its token.
 *
 * @param text what follows `pkcs11:`, RFC 7512 with `module-path`
 * @param load how the optional package is found
 * @throws SlsaGateError `signer.unsupported`, `signer.key`, `signer.passphrase`, `signer.failed`
 */
export async function openPkcs11Signer(
  text: string,
  options: SignerOptions,
  load?: () => Promise<Pkcs11Package>,
): Promise<Signer> {
  const uri = parsePkcs11Uri(text);
  const library = await acquireLibrary(uri.modulePath, load);
  try {
    const key = await openTokenKey(library, uri, () => readPin(uri, options));
    return toSigner(library, uri, key);
  } catch (error) {
    releaseLibrary(uri.modulePath);
    throw error;
  }
}

function toSigner(library: PKCS11, uri: Pkcs11Uri, key: TokenKey): Signer {
  const curve = curveOf(key.ecParams);
  const spki = toSpki(curve, key.ecPoint);
  const publicKey = publicKeyOf(spki);
  const sign = (bytes: Uint8Array): Buffer =>
    signChecked(curve, publicKey, bytes, (input) =>
      call('signing', () => signOnToken(library, key, curve, input)),
    );
  sign(PROBE);
  let isOpen = true;
  return {
    scheme: 'pkcs11',
    algorithm: curve.algorithm,
    publicKey: spki,
    sign: async (bytes) => sign(bytes),
    async close() {
      if (!isOpen) return;
      isOpen = false;
      library.C_CloseSession(key.session);
      releaseLibrary(uri.modulePath);
    },
  };
}

function signOnToken(
  library: PKCS11,
  key: TokenKey,
  { mechanism, signatureBytes }: Curve,
  input: Buffer,
): Buffer {
  library.C_SignInit(key.session, { mechanism }, key.privateKey);
  return library.C_Sign(key.session, input, Buffer.alloc(signatureBytes));
}

async function readPin({ pinFile, token }: Pkcs11Uri, options: SignerOptions): Promise<string> {
  const pin =
    pinFile === undefined
      ? await options.passphrase(`token ${token}`)
      : await readPassphraseFile(isAbsolute(pinFile) ? pinFile : join(options.baseDirectory, pinFile));
  if (pin === undefined || pin.length === 0)
    refuse('signer.passphrase', `no PIN for the token: ${token}`, {
      hint: 'Give pin-source=file:PATH in the URI.',
    });
  return pin.toString('utf8');
}
