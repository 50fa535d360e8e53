import { describe, expect, it } from 'vitest';
import { parsePkcs11Uri } from '../../../../src/adapters/signers/pkcs11/uri.ts';
import { attempt } from '../../../../src/errors.ts';
import { refusal } from '../../cli/command.ts';

const MODULE = 'module-path=/usr/lib/softhsm/libsofthsm2.so';

describe('a pkcs11 URI', () => {
  it('names a key of a token', () => {
    expect(parsePkcs11Uri(`token=releases;object=records?${MODULE}`)).toEqual({
      modulePath: '/usr/lib/softhsm/libsofthsm2.so',
      token: 'releases',
      object: 'records',
    });
  });

  it('has its values in percent encoding, the id as bytes', () => {
    const uri = `id=%00%FFa;type=private;token=a%20b%3Bc%C3%A9?pin-source=file:%2Frun%2Fpin&${MODULE}`;
    expect(parsePkcs11Uri(uri)).toEqual({
      modulePath: '/usr/lib/softhsm/libsofthsm2.so',
      token: 'a b;c\u00e9',
      id: Buffer.from([0x00, 0xff, 0x61]),
      pinFile: '/run/pin',
    });
  });

  it.each([
    ['file:pin.txt', 'pin.txt'],
    ['file:/run/pin', '/run/pin'],
    ['file:///run/pin', '/run/pin'],
    ['/run/pin', '/run/pin'],
  ])('reads its PIN from a file: %s', (source, pinFile) => {
    expect(parsePkcs11Uri(`token=a;object=b?${MODULE}&pin-source=${source}`).pinFile).toBe(pinFile);
  });

  it.each([
    ['', 'nothing'],
    [`object=b?${MODULE}`, 'no token'],
    [`token=a?${MODULE}`, 'no key'],
    ['token=a;object=b', 'no module-path'],
    ['token=a;object=b?module-path=lib/p11.so', 'a module-path that is not absolute'],
    ['token=a;object=b?module-path=', 'an empty module-path'],
    ['token=a;object=b?module-name=softhsm2', 'a module by name'],
    [`token=;object=b?${MODULE}`, 'an empty token'],
    [`token=a;object=b;object=c?${MODULE}`, 'a key twice'],
    [`token=a;object=b?${MODULE}&${MODULE}`, 'a module twice'],
    [`token=a;object=b;serial=1?${MODULE}`, 'an attribute that is not supported'],
    [`token=a;object=b;type=public?${MODULE}`, 'a public key'],
    [`token=a;object=b%2?${MODULE}`, 'half an escape'],
    [`token=a;object=b%ff?${MODULE}`, 'no UTF-8'],
    [`token=a;object=b%0a?${MODULE}`, 'a control character'],
    [`token=a;object=b c?${MODULE}`, 'a space'],
    [`token=a;object=b?${MODULE}&pin-source=|cat%20/run/pin`, 'a command'],
    [`token=a;object=b?${MODULE}&pin-source=file:`, 'no file'],
    [`token=a;object=b?${MODULE}&pin-source=file://host/pin`, 'a file of another machine'],
    [`token=a;;object=b?${MODULE}`, 'an empty attribute'],
    [`token=a;object=b?${MODULE}&x`, 'a name alone'],
  ])('is refused: %s (%s)', (text) => {
    expect(() => parsePkcs11Uri(text)).toThrow(refusal('signer.key', { exitCode: 64 }));
  });

  it.each([
    `token=a;object=b?${MODULE}&pin-value=12345678`,
    `token=a;object=b;pin-value=12345678?${MODULE}`,
    `pin-value=12345678`,
    'pin-value',
  ])('with a PIN in it is refused, and the PIN is not repeated: %s', (text) => {
    const refused = attempt(() => parsePkcs11Uri(text));
    expect(refused).toEqual({
      error: refusal('signer.passphrase', { hint: expect.stringContaining('pin-source=') }),
    });
    expect(JSON.stringify(refused)).not.toContain('12345678');
    expect('error' in refused && `${refused.error.message}${refused.error.stack}`).not.toContain('12345678');
  });
});
