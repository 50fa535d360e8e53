import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ensureBuilt, run } from '../e2e/built.ts';
import { createGateFolder, type GateFolder, policyText } from '../kit/gate-folder.ts';
import { type OnRecord, onRecord } from './evidence.ts';

/** Record keys that can be used; `P-256` is that of the gate folder. */
export const RECORD_KEYS = ['P-256', 'P-384', 'Ed25519'] as const;
export type RecordKey = (typeof RECORD_KEYS)[number];

/** What the built command put on record about the real package, under one kind of record key. */
export interface Records {
  readonly allowed: OnRecord;
  readonly denied: OnRecord;
  /** PEM files. */
  readonly publicKey: string;
  readonly otherKey: string;
}

const privateKeyOf = (key: RecordKey) =>
  key === 'Ed25519'
    ? generateKeyPairSync('ed25519').privateKey
    : generateKeyPairSync('ec', { namedCurve: key }).privateKey;

/** PEM of the public half of a private key in PEM. */
const publicPem = (privatePem: string): string =>
  String(createPublicKey(privatePem).export({ type: 'spki', format: 'pem' }));

/** Makes another log in the folder, of which the records are signed with such a key. */
async function initLog(folder: GateFolder, key: RecordKey): Promise<string> {
  const file = folder.file(`evidence-${key}.yaml`);
  folder.write(`${key}.pem`, String(privateKeyOf(key).export({ type: 'pkcs8', format: 'pem' })));
  const made = await run([
    ...['evidence', 'init', file, '--origin', `example.com/${key}`],
    ...['--verifier-id', 'https://example.com/slsa-gate', '--signer', `key:${key}.pem`],
    ...['--checkpoint-signer', 'key:checkpoints.pem'],
    ...['--store', `sqlite:${key}.db`, '--pin', `file:${key}.txt`],
  ]);
  if (made.exit !== 0) throw new Error(`evidence init: ${made.stderr}`);
  return file;
}

/** One allow and one denial of the real package. */
async function decideBoth(folder: GateFolder, key: RecordKey): Promise<Records> {
  const evidence = await initLog(folder, key);
  const answer = async (exit: number, policy: string): Promise<OnRecord> => {
    const ran = await folder.gate(['--json'], { evidence, policy });
    if (ran.exit !== exit) throw new Error(`gate exits ${ran.exit}: ${ran.stdout}${ran.stderr}`);
    return onRecord(ran, evidence);
  };
  const pem = readFileSync(folder.file(`${key}.pem`), 'utf8');
  const other = String(privateKeyOf(key).export({ type: 'pkcs8', format: 'pem' }));
  return {
    allowed: await answer(0, folder.file('policy.yaml')),
    denied: await answer(1, folder.file('strict.yaml')),
    publicKey: folder.write(`${key}.pub`, publicPem(pem)),
    otherKey: folder.write(`${key}-other.pub`, publicPem(other)),
  };
}

/** A folder with records under every kind of key. */
export async function createRecords(): Promise<{
  readonly folder: GateFolder;
  readonly records: Readonly<Record<RecordKey, Records>>;
}> {
  await ensureBuilt();
  const folder = await createGateFolder();
  folder.write('strict.yaml', policyText([['refs: [refs/heads/main]', 'refs: [refs/heads/release]']]));
  const records = {
    'P-256': await decideBoth(folder, 'P-256'),
    'P-384': await decideBoth(folder, 'P-384'),
    Ed25519: await decideBoth(folder, 'Ed25519'),
  };
  return { folder, records };
}
