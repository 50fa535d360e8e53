/**
 * Decides once, in a process of its own that kills itself at one of its writes: `node gate-worker.ts FOLDER POINT`, where
 * POINT is a number counted over the steps below, or `count` to tell how many there are.
 */
import { randomBytes } from 'node:crypto';
import { readRegularFile } from '../../src/adapters/disk/read.ts';
import { createSqliteStore } from '../../src/adapters/evidence/sqlite/index.ts';
import { openPin } from '../../src/adapters/evidence-pins/index.ts';
import { openSigner } from '../../src/adapters/signers/index.ts';
import { openFolderSink } from '../../src/adapters/sinks/folder/index.ts';
import { type EvidenceWiring, openEvidence } from '../../src/app/evidence/open-evidence.ts';
import { gateArtifacts } from '../../src/app/gate/gate.ts';
import { createPorts } from '../../src/cli/wire.ts';
import type { EvidenceStore, EvidenceTransaction } from '../../src/core/evidence-ports.ts';

const [folder = '', point = 'count', artifact = '', bundle = ''] = process.argv.slice(2);
let steps = 0;

/** One place between two writes. */
function step(): void {
  if (String(steps++) === point) process.kill(process.pid, 'SIGKILL');
}

async function around<T>(work: () => Promise<T>): Promise<T> {
  step();
  const result = await work();
  step();
  return result;
}

const steppingTransaction = (transaction: EvidenceTransaction): EvidenceTransaction =>
  new Proxy(transaction, {
    get(target, name) {
      const member = Reflect.get(target, name) as unknown;
      if (typeof member !== 'function') return member;
      const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
      return name === 'add' ? (...args: unknown[]) => around(async () => call(...args)) : call;
    },
  });

const steppingStore = (store: EvidenceStore): EvidenceStore =>
  new Proxy(store, {
    get(target, name) {
      if (name === 'transact') {
        return (work: Parameters<EvidenceStore['transact']>[0]) =>
          around(() => target.transact((transaction) => work(steppingTransaction(transaction))));
      }
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });

const readFile = async (path: string): Promise<Uint8Array> =>
  (
    await readRegularFile(path, {
      maxBytes: 1 << 20,
      missing: 'path.not-found',
      unreadable: 'path.unreadable',
      followLinks: true,
    })
  ).bytes;

const wiring: EvidenceWiring = {
  readFile,
  openStore: async (reference, name) =>
    steppingStore(createSqliteStore({ path: reference.kind === 'sqlite' ? reference.path : '', name })),
  openSigner: (reference, baseDirectory) =>
    openSigner(reference, { baseDirectory, passphrase: async () => undefined, warn: () => undefined }),
  openIdentitySigner: () => Promise.reject(new Error('a key signs')),
  readTrustedRoot: () => Promise.reject(new Error('no identity signs')),
  openPin(reference, baseDirectory) {
    const pin = openPin(reference, baseDirectory, { searchPath: '', workingDirectory: folder });
    return { ...pin, write: (next, previous) => around(() => pin.write(next, previous)) };
  },
  openSink(name, path, baseDirectory) {
    const sink = openFolderSink(name, path, baseDirectory);
    return { name, store: (pack) => around(() => sink.store(pack)) };
  },
  diskOf: async () => 'durable',
  onHostedRunner: false,
  now: () => new Date(),
  random: randomBytes,
};

const evidence = await openEvidence(`${folder}/evidence.yaml`, wiring, { write: true });
const document = await gateArtifacts(
  {
    artifacts: [artifact],
    bundles: [bundle],
    evidenceLogs: [],
    policy: { path: `${folder}/policy.yaml` },
    environment: 'production',
    package: 'pkg:npm/sigstore@5.0.0',
    requester: { kind: 'named', id: 'at each write' },
    dryRun: false,
  },
  {
    ...(await createPorts()),
    readFile,
    checkoutOf: async () => null,
    inPipeline: false,
    openPack: () => {
      throw new Error('no export is read');
    },
    evidence,
    random: randomBytes,
    version: 'test',
    warn: () => undefined,
  },
);
await evidence.close();
process.stdout.write(`${document.verdict} ${document.results[0]?.recordId} ${steps}\n`);
