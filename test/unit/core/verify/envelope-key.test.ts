import { describe, expect, it } from 'vitest';
import { toEnvelope } from '../../../../src/core/model/envelope.ts';
import type { Json } from '../../../../src/core/model/json.ts';
import { verifyBareEnvelope } from '../../../../src/core/verify/envelope-key.ts';
import { refusal, sigstore, trustedKey } from '../../../attacks/verify.ts';
import { createKeyPair } from '../../../kit/keys.ts';

const keys = createKeyPair();
const { bundle } = sigstore.signStatement({ keys, publicKeyHint: 'key' });
const envelope = toEnvelope(JSON.parse(JSON.stringify(bundle.dsseEnvelope)) as Json);

describe('a bare envelope', () => {
  it('is checked with exactly the one key that is given', () => {
    const trusted = trustedKey(keys);
    expect(verifyBareEnvelope(envelope, [trusted])).toBe(trusted);
    expect(refusal(() => verifyBareEnvelope(envelope, [])).finding).toBe('cert.required');
    expect(refusal(() => verifyBareEnvelope(envelope, [trusted, trusted])).finding).toBe('key.unknown');
    expect(refusal(() => verifyBareEnvelope(envelope, [trustedKey(createKeyPair())])).finding).toBe(
      'dsse.signature',
    );
  });
});
