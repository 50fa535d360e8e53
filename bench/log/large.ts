import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteStore } from '../../src/adapters/evidence/sqlite/index.ts';
import { createEvidenceLog, type NewEvidenceLogOptions } from '../../src/app/evidence/create-log.ts';
import { verifyHead } from '../../src/app/evidence/heads.ts';
import { openEvidenceLog } from '../../src/app/evidence/log.ts';
import { signingKeyOf, trustOf } from '../../src/app/evidence/log-options.ts';
import { signHead } from '../../src/app/evidence/next-head.ts';
import { verifyLog } from '../../src/app/evidence/verify-log.ts';
import { leafHash } from '../../src/core/log/merkle.ts';
import { verifyProof } from '../../src/core/log/proof.ts';
import { spreadOf } from '../measure.ts';
import type { Figure } from '../report.ts';
import { logOptions } from './kit.ts';
import { createEntry, IN_FLIGHT, SMALL_ENVELOPES, toRow } from './workload.ts';

const LEAVES = 1_000_000;
const GROUPS_PER_TRANSACTION = 500;
const PROOFS = 300;
const VERIFY_ROUNDS = 3;

/**
 * Fills a log to so many leaves, with a signed checkpoint for every 64 as group commits leave them, without the waiting:
 * many groups share a transaction, and no payloads are stored. What it holds is a log like any other, which is verified.
 */
async function fill(options: NewEvidenceLogOptions): Promise<void> {
  const { store, checkpointSigner, pins } = options;
  const trust = trustOf(options);
  const key = signingKeyOf(checkpointSigner, trust);
  let { edge, note } = await verifyHead(store, trust, store.name);
  const [pin] = pins;
  while (edge.size < LEAVES) {
    const before = note;
    await store.transact(async (transaction) => {
      for (let group = 0; group < GROUPS_PER_TRANSACTION && edge.size < LEAVES; group++) {
        edge = edge.copy();
        const records = [];
        while (records.length < IN_FLIGHT && edge.size < LEAVES) {
          const { record } = toRow(createEntry(SMALL_ENVELOPES), edge.size);
          edge.append(leafHash(Buffer.from(record.leaf)));
          records.push(record);
        }
        note = (await signHead(edge, trust, checkpointSigner, key)).note;
        const checkpoint = { size: edge.size, note };
        await transaction.add({ records, payloads: [], tiles: edge.grown(), checkpoint });
      }
    });
    await pin?.write(note, before);
  }
}

/** Proofs and a whole verification in a log of a million leaves, on the embedded store. */
export async function measureLargeLog(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-bench-'));
  try {
    const store = createSqliteStore({ path: join(folder, 'log.db') });
    const options = logOptions(store);
    await createEvidenceLog(options);
    await fill(options);
    const log = await openEvidenceLog(options);
    const trust = trustOf(options);
    const proofs: number[] = [];
    for (let made = 0; made < PROOFS; made++) {
      const seq = Math.floor((LEAVES * ((made * 0.618034) % 1)) % LEAVES);
      const start = performance.now();
      const proof = await log.prove(seq);
      proofs.push(performance.now() - start);
      verifyProof(proof, (await store.recordAt(seq))?.leaf ?? '', trust);
    }
    const rates: number[] = [];
    for (let round = 0; round < VERIFY_ROUNDS; round++) {
      const start = performance.now();
      const { size } = await verifyLog(options);
      rates.push(size / ((performance.now() - start) / 1000));
    }
    await store.close();
    const proof = spreadOf(proofs);
    const rate = spreadOf(rates);
    return [
      { name: 'leaves', value: LEAVES, unit: 'count' },
      { name: 'proofMilliseconds', value: proof.median, unit: 'ms', spread: proof, wanted: { atMost: 5 } },
      {
        name: 'verifyLeavesPerSecond',
        value: rate.median,
        unit: '/s',
        spread: rate,
        wanted: { atLeast: 100_000 },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
