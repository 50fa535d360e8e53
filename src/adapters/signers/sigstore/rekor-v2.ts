import { hash } from 'node:crypto';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { dsse, pem } from '@sigstore/core';
import { TransparencyLogEntry as EntryMessage } from '@sigstore/protobuf-specs';
import type { Witness } from '@sigstore/sign';
import * as z from 'zod/mini';
import { LIMITS } from '../../../core/limits.ts';
import { lazy } from '../../../core/model/lazy.ts';
import { exchange, jsonBody, oddAnswer, readAnswer, type Service } from './service.ts';
import { signedEnvelope } from './signed-envelope.ts';

/** JSON of the protobuf message; what is 0 or empty is left out. */
const Answer = lazy(() =>
  z.object({
    logIndex: z.optional(z.string()),
    logId: z.object({ keyId: z.string() }),
    kindVersion: z.object({ kind: z.string(), version: z.string() }),
    inclusionProof: z.object({
      logIndex: z.optional(z.string()),
      rootHash: z.string(),
      treeSize: z.string(),
      hashes: z.optional(z.array(z.string()).check(z.maxLength(LIMITS.proofHashes))),
      checkpoint: z.object({ envelope: z.string() }),
    }),
    canonicalizedBody: z.string(),
  }),
);

/**
 * Has an envelope logged by Rekor v2, as an entry of kind `hashedrekord` over the digest of what is signed (DSSE PAE): the
 * one kind that newer logs take, and cosign reads. The log sees no payload.
 */
export const rekorV2Witness = (service: Service, rekorUrl: string): Witness => ({
  async testify(content, certificatePem) {
    const { payloadType, payload, signature } = signedEnvelope(content);
    const answer = await exchange(service, `${rekorUrl}/api/v2/log/entries`, {
      method: 'POST',
      ...jsonBody({
        hashedRekordRequestV002: {
          digest: hash('sha256', dsse.preAuthEncoding(payloadType, payload), 'base64'),
          signature: {
            content: signature.toString('base64'),
            verifier: {
              keyDetails: 'PKIX_ECDSA_P256_SHA_256',
              x509Certificate: { rawBytes: pem.toDER(certificatePem).toString('base64') },
            },
          },
        },
      }),
      maxBytes: LIMITS.logEntryBytes,
    });
    return { tlogEntries: [toEntry(service, readAnswer(service, answer))] };
  },
});

function toEntry(service: Service, json: unknown): TransparencyLogEntry {
  const parsed = Answer().safeParse(json);
  if (!parsed.success) return oddAnswer(service, 'no entry in it', parsed.error);
  const { logId, kindVersion, ...entry } = EntryMessage.fromJSON(parsed.data);
  if (logId === undefined || kindVersion === undefined) return oddAnswer(service, 'no log or kind in it');
  return { ...entry, logId, kindVersion };
}
