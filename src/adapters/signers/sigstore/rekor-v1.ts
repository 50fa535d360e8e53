import type { TransparencyLogEntry } from '@sigstore/bundle';
import type { Witness } from '@sigstore/sign';
import { toProposedEntry } from '@sigstore/sign/dist/witness/tlog/entry.js';
import * as z from 'zod/mini';
import { LIMITS } from '../../../core/limits.ts';
import { lazy } from '../../../core/model/lazy.ts';
import { refuse } from '../../../errors.ts';
import { exchange, jsonBody, oddAnswer, readAnswer, type Service } from './service.ts';

const hex = () => z.string().check(z.regex(/^(?:[0-9a-f]{2})+$/));
const whole = () => z.number().check(z.int(), z.nonnegative());

const Entries = lazy(() =>
  z.record(
    z.string(),
    z.object({
      body: z.string(),
      integratedTime: whole(),
      logID: hex(),
      logIndex: whole(),
      verification: z.object({
        inclusionProof: z.object({
          checkpoint: z.string(),
          hashes: z.array(hex()).check(z.maxLength(LIMITS.proofHashes)),
          logIndex: whole(),
          rootHash: hex(),
          treeSize: whole(),
        }),
        signedEntryTimestamp: z.string(),
      }),
    }),
  ),
);
const Body = lazy(() => z.object({ apiVersion: z.string(), kind: z.string() }));
const CONFLICT = 409;
const UUID = /^(?:[0-9a-f]{64}|[0-9a-f]{80})$/;

/** Has an envelope logged by Rekor v1, as an entry of kind `dsse`: the log keeps hashes, signature and certificate. */
export const rekorV1Witness = (service: Service, rekorUrl: string): Witness => ({
  async testify(content, certificatePem) {
    const url = `${rekorUrl}/api/v1/log/entries`;
    const answer = await exchange(service, url, {
      method: 'POST',
      ...jsonBody(toProposedEntry(content, certificatePem, 'dsse')),
      maxBytes: LIMITS.logEntryBytes,
      accept: [CONFLICT],
    });
    const found =
      answer.status === CONFLICT
        ? await exchange(service, `${url}/${uuidIn(service, answer.headers.location)}`, {
            method: 'GET',
            headers: { accept: 'application/json' },
            maxBytes: LIMITS.logEntryBytes,
          })
        : answer;
    return { tlogEntries: [toEntry(service, readAnswer(service, found))] };
  },
});

/** The entry stands there already, as when an answer was lost. Only its name is taken from where the log points. */
function uuidIn({ name }: Service, location = ''): string {
  const uuid = location.split('/').at(-1) ?? '';
  if (UUID.test(uuid)) return uuid;
  return refuse('signer.failed', `${name} has the entry already and does not say where`);
}

function toEntry(service: Service, json: unknown): TransparencyLogEntry {
  const parsed = Entries().safeParse(json);
  if (!parsed.success) return oddAnswer(service, 'no entry in it', parsed.error);
  const [entry, second] = Object.values(parsed.data);
  if (entry === undefined || second !== undefined) return oddAnswer(service, 'not exactly one entry');
  const { inclusionProof: proof, signedEntryTimestamp } = entry.verification;
  const canonicalizedBody = Buffer.from(entry.body, 'base64');
  const { kind, apiVersion } = readBody(service, canonicalizedBody);
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: Buffer.from(entry.logID, 'hex') },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(entry.integratedTime),
    inclusionPromise: { signedEntryTimestamp: Buffer.from(signedEntryTimestamp, 'base64') },
    inclusionProof: {
      logIndex: String(proof.logIndex),
      rootHash: Buffer.from(proof.rootHash, 'hex'),
      treeSize: String(proof.treeSize),
      hashes: proof.hashes.map((sibling) => Buffer.from(sibling, 'hex')),
      checkpoint: { envelope: proof.checkpoint },
    },
    canonicalizedBody,
  };
}

function readBody(service: Service, bytes: Buffer): z.infer<ReturnType<typeof Body>> {
  try {
    return Body().parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    return oddAnswer(service, 'a body that is no entry', cause);
  }
}
