import { dirname, join } from 'node:path';
import { readOwnPayload } from '../../core/evidence/envelope.ts';
import { parseDecisionRecord } from '../../core/evidence/parse-record.ts';
import type { RecordedCase } from '../../core/policy/case-file.ts';
import { refuse } from '../../errors.ts';
import { PACK } from '../evidence/pack.ts';
import { toMaterial } from '../evidence/replay-material.ts';
import type { CaseMaterial, CasePorts } from './run-case.ts';

/**
 * What a recorded decision was made from, out of an export of the log: `records/ID/record.dsse.json` and `materials/` beside
 * `records/`. The record is a question here and no evidence, so its signature is not asked; its materials have their
 * digests.
 *
 * @throws SlsaGateError `path.*`, `evidence.tampered`
 */
export async function recordedMaterial(
  { record: name, environment }: RecordedCase,
  at: (name: string) => string,
  ports: Pick<CasePorts, 'attestations'>,
): Promise<CaseMaterial> {
  const path = at(name);
  const { payload } = readOwnPayload(await readWhole(path, ports), 'evidence.tampered');
  const record = parseDecisionRecord(payload);
  const materials = join(dirname(path), '..', '..', PACK.materials);
  const { policy, roots, ...material } = await toMaterial(record, {
    payload: async (digest) => Buffer.from(await readWhole(join(materials, digest), ports)),
  });
  return {
    ...material,
    environment: environment ?? material.environment,
    checkout: policy.checkout,
    roots: new Map(roots.map((root) => [root.name, root])),
  };
}

/** Materials are attestations too, and as large. */
async function readWhole(
  path: string,
  { attestations }: Pick<CasePorts, 'attestations'>,
): Promise<Uint8Array> {
  const [file] = (await attestations.collect([path])).attestations;
  return file === undefined
    ? refuse('path.not-found', `no such file: ${path}`, { actual: path })
    : file.bytes;
}
