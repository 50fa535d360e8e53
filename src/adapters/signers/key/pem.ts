import { createPrivateKey, type KeyObject } from 'node:crypto';
import { refuse } from '../../../errors.ts';

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n[\s\S]*?-----END \1-----/g;
const TO_PKCS8 = 'Convert it with openssl pkcs8 -topk8, or make a new one with slsa-gate key generate.';

const notA = (message: string, hint?: string): never =>
  refuse('signer.key', message, hint === undefined ? {} : { hint });

/** The one private key of a PEM text. OpenSSL writes the parameters of a curve in front of it. */
function privateBlock(text: string): { readonly label: string; readonly block: string } {
  const blocks = [...text.matchAll(BLOCK)].map(([block, label = '']) => ({ label, block }));
  if (text.replace(BLOCK, '').trim() !== '' || blocks.length === 0) notA('not a PEM or JWK private key');
  const [first, ...others] = blocks[0]?.label === 'EC PARAMETERS' ? blocks.slice(1) : blocks;
  if (first === undefined || others.length > 0) return notA('not exactly one private key');
  return first;
}

/**
 * A private key in PKCS#8 (encrypted or not) or SEC 1.
 *
 * @param passphrase asked for an encrypted key alone
 * @throws SlsaGateError `signer.key`, `signer.passphrase`
 */
export async function readPem(text: string, passphrase: () => Promise<Buffer>): Promise<KeyObject> {
  const { label, block } = privateBlock(text);
  switch (label) {
    case 'PRIVATE KEY':
      return importPem(block);
    case 'EC PRIVATE KEY':
      if (block.includes('ENCRYPTED')) notA('encrypted in the old form of OpenSSL', TO_PKCS8);
      return importPem(block);
    case 'ENCRYPTED PRIVATE KEY':
      return decryptPem(block, await passphrase());
    case 'PUBLIC KEY':
    case 'CERTIFICATE':
      return notA(`a ${label.toLowerCase()} cannot sign`, 'Name the file of the private key.');
    default:
      return notA(`a ${label} is not read`, TO_PKCS8);
  }
}

// What the library says of a key that it cannot read is not handed on: it may quote it.
function importPem(block: string): KeyObject {
  try {
    return createPrivateKey({ key: block, format: 'pem' });
  } catch {
    return notA('private key cannot be read');
  }
}

function decryptPem(block: string, passphrase: Buffer): KeyObject {
  try {
    return createPrivateKey({ key: block, format: 'pem', passphrase });
  } catch {
    refuse('signer.passphrase', 'wrong passphrase, or the key is damaged');
  }
}
