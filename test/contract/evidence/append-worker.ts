/** One of several processes that append to one log. Says on standard output what was answered, as soon as it was. */
import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createPostgresStore } from '../../../src/adapters/evidence/postgres/index.ts';
import { createSqliteStore } from '../../../src/adapters/evidence/sqlite/index.ts';
import { openFilePin } from '../../../src/adapters/evidence-pins/file/index.ts';
import { openEvidenceLog } from '../../../src/app/evidence/log.ts';
import { toRecordId } from '../../../src/core/log/record-id.ts';
import { createEntry, requestOf } from '../../kit/evidence.ts';

export interface AppendJob {
  readonly store: { readonly path: string } | { readonly url: string };
  readonly origin: string;
  readonly vkey: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  readonly pin: string;
  readonly name: string;
  /** Appends that are made; none means until it is killed. */
  readonly count?: number;
  readonly inFlight: number;
  /** A request that all workers make, as their second one. */
  readonly shared?: string;
}

/** One answer, a line of JSON. */
export interface AppendAnswer {
  readonly about: string;
  readonly seq: number;
  readonly recordId: string;
  readonly isNew: boolean;
  readonly proof: string;
}

const job = JSON.parse(process.argv[2] ?? '') as AppendJob;
const store = 'path' in job.store ? createSqliteStore(job.store) : createPostgresStore(job.store);
const privateKey = createPrivateKey(job.privateKey);
const log = await openEvidenceLog({
  store,
  origin: job.origin,
  checkpointKeys: [job.vkey],
  checkpointSigner: {
    scheme: 'key',
    algorithm: 'Ed25519',
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    sign: async (bytes) => sign(null, bytes, privateKey),
    close: async () => {},
  },
  pins: [openFilePin(job.pin, '/')],
  now: () => new Date(),
  random: (bytes) => randomBytes(bytes),
});

let next = 0;
const limit = job.count ?? Number.POSITIVE_INFINITY;
await Promise.all(
  Array.from({ length: job.inFlight }, async () => {
    while (next < limit) {
      const turn = next++;
      const about = job.shared !== undefined && turn === 1 ? job.shared : `${job.name} ${turn}`;
      const recordId = toRecordId(new Date(), randomBytes(10));
      const { seq, record, isNew, proof } = await log.append(requestOf(createEntry(about, { recordId })));
      const answer: AppendAnswer = { about, seq, recordId: record.recordId, isNew, proof };
      writeSync(1, `${JSON.stringify(answer)}\n`);
    }
  }),
);
await store.close();
