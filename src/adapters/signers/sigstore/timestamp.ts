import { hash } from 'node:crypto';
import type { Witness } from '@sigstore/sign';
import { LIMITS } from '../../../core/limits.ts';
import { exchange, type Service } from './service.ts';
import { signedEnvelope } from './signed-envelope.ts';

/**
 * TimeStampReq (RFC 3161 section 2.4.1) around a SHA-256 digest: version 1, the digest, certReq. Everything but the digest
 * is always the same. It needs no nonce: what is stamped is a signature that nobody made before.
 */
const BEFORE_DIGEST = Buffer.from('30390201013031300d060960864801650304020105000420', 'hex');
const AFTER_DIGEST = Buffer.from('0101ff', 'hex');

const toRequest = (signature: Buffer): Buffer =>
  Buffer.concat([BEFORE_DIGEST, hash('sha256', signature, 'buffer'), AFTER_DIGEST]);

/** Has the time of a signature vouched for by a timestamp authority. That the token is about it is verified later. */
export const timestampWitness = (service: Service, tsaUrl: string): Witness => ({
  async testify(content) {
    const { bytes } = await exchange(service, tsaUrl, {
      method: 'POST',
      body: toRequest(signedEnvelope(content).signature),
      headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
      maxBytes: LIMITS.timestampBytes,
    });
    return { rfc3161Timestamps: [{ signedTimestamp: bytes }] };
  },
});
