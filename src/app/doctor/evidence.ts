import { isKey, type RecordAuthority } from '../../core/evidence/record-authority.ts';
import type { EvidenceStore } from '../../core/evidence-ports.ts';
import type { CheckpointTrust } from '../../core/log/checkpoint.ts';
import type { Requirements } from '../../core/policy/requirements.ts';
import { type Attempt, refuse } from '../../errors.ts';
import { checkPins, readPins, tilesFrom, verifyHead } from '../evidence/heads.ts';
import { openRecordSigner, recordAuthorities } from '../evidence/identities.ts';
import type { EvidenceLogOptions } from '../evidence/log-options.ts';
import { signingKeyOf, trustOf } from '../evidence/log-options.ts';
import {
  type EvidenceWiring,
  type LoadedEvidenceFile,
  loadEvidenceFile,
  readingOptions,
} from '../evidence/open-evidence.ts';
import { resolveFrom } from '../evidence/resolve-from.ts';
import { checkEvidence } from '../gate/check-evidence.ts';
import type { StoreTraits } from '../gate/requests.ts';
import { attemptLater } from './attempt-later.ts';
import { type CheckLine, fails, isOk, notChecked, type Place, warns } from './check.ts';
import { type Check, step } from './run.ts';

export interface EvidencePorts {
  readonly wiring: EvidenceWiring;
  /** Whether files can be made in a folder; leaves nothing there. @throws SlsaGateError `evidence.unwritable` */
  readonly probeFolder: (path: string) => Promise<void>;
  /** Demands of the environments of the policy. */
  readonly requirements: readonly Requirements[];
}

/** The evidence file and everything that it names. One check, because its parts share the store. */
export const evidenceCheck = (path: string, ports: EvidencePorts): Check => {
  const place: Place = { id: 'evidence-file', name: `evidence file ${path}` };
  return {
    ...place,
    run: async () => {
      const loaded = await loadEvidenceFile(path, ports.wiring);
      const { origin, pins, sinks } = loaded.file;
      const found = `log ${origin}; pins: ${pins.length}, sinks: ${sinks.length}`;
      return [
        isOk(place, found),
        ...(await diskLines(loaded, ports)),
        ...(await logLines(loaded, ports)),
        ...(await signerLines(loaded, ports)),
        ...(await sinkLines(loaded, ports)),
      ];
    },
  };
};

const NAMELESS = { recordSigner: { scheme: 'key' } };

async function diskLines(
  { file, baseDirectory }: LoadedEvidenceFile,
  { wiring, requirements }: EvidencePorts,
): Promise<readonly CheckLine[]> {
  const { store } = file;
  const disk = await wiring.diskOf(
    store.kind === 'sqlite' ? { ...store, path: resolveFrom(store.path, baseDirectory) } : store,
  );
  const traits: StoreTraits = {
    kind: store.kind,
    disk,
    onHostedRunner: wiring.onHostedRunner,
    ephemeralAccepted: false,
  };
  const sinks = file.sinks.map(({ name, required }) => ({ sink: { name }, isRequired: required }));
  const place: Place = { id: 'evidence-disk', name: 'where the store lies' };
  const hint = 'Put the store on a disk that lasts, use Postgres, or add a sink with required: true.';
  const lines = await step(place, async () => {
    const { warning } = checkEvidence(
      { store: traits, sinks, ...NAMELESS },
      { evidence: [], environment: '' },
    );
    return warning === undefined
      ? isOk(place, disk === 'remote' ? 'on a server' : `on a disk that is ${disk}`)
      : warns(place, warning, hint, 'evidence.not-durable');
  });
  const [scheme] = file.recordSigner?.split(':') ?? [];
  const recordSigner = scheme === undefined ? undefined : { scheme };
  const demands: CheckLine[] = [];
  for (const one of requirements) {
    const own: Place = { id: 'policy-evidence', name: `evidence for ${one.environment}` };
    demands.push(
      ...(await step(own, async () => {
        checkEvidence({ store: traits, sinks, recordSigner }, one);
        return isOk(own, 'as the policy demands');
      })),
    );
  }
  return [...lines, ...demands];
}

const HEAD: Place = { id: 'evidence-head', name: 'head of the log' };

async function logLines(
  loaded: LoadedEvidenceFile,
  { wiring }: EvidencePorts,
): Promise<readonly CheckLine[]> {
  const place: Place = { id: 'evidence-store', name: `evidence store ${storeName(loaded)}` };
  const opened = await attemptLater(() => readingOptions(loaded, wiring));
  if ('error' in opened) return [fails(place, opened.error)];
  const options = opened.value;
  try {
    const store = await step(place, async () => {
      const note = await options.store.checkpoint();
      return note === undefined
        ? refuse('evidence.rollback', `there is no evidence log in ${options.store.name}`, {
            hint: 'Is it the right store, and its disk mounted? A new log is made with slsa-gate evidence init.',
          })
        : isOk(place, 'can be read');
    });
    const isRead = store.every(({ status }) => status === 'ok');
    return [...store, ...(await headLines(options, isRead))];
  } finally {
    await options.store.close();
  }
}

const storeName = ({ file: { store } }: LoadedEvidenceFile): string =>
  store.kind === 'sqlite' ? `sqlite:${store.path}` : store.url;

async function headLines(options: EvidenceLogOptions, isRead: boolean): Promise<readonly CheckLine[]> {
  const { store } = options;
  const trust = trustOf(options);
  const head = isRead ? await attemptLater(() => verifyHead(store, trust, store.name)) : undefined;
  const lines: CheckLine[] = [];
  if (head === undefined) lines.push(notChecked(HEAD, 'the store cannot be read'));
  else if ('error' in head) lines.push(fails(HEAD, head.error));
  else lines.push(isOk(HEAD, `${head.value.head.size} records, signed`));
  for (const pin of options.pins) lines.push(...(await pinLines(pin, head, trust, store)));
  return lines;
}

async function pinLines(
  pin: EvidenceLogOptions['pins'][number],
  head: Attempt<Awaited<ReturnType<typeof verifyHead>>> | undefined,
  trust: CheckpointTrust,
  store: EvidenceStore,
): Promise<readonly CheckLine[]> {
  const place: Place = { id: 'evidence-pin', name: `pin ${pin.name}` };
  return step(place, async () => {
    const pinned = await readPins([pin], trust);
    if (head === undefined || 'error' in head)
      return notChecked(place, 'can be read; there is no head to hold against it');
    await checkPins(head.value.head, pinned, tilesFrom(store));
    return isOk(place, `at ${pinned[0]?.head.size ?? 0} of ${head.value.head.size} records`);
  });
}

async function signerLines(
  loaded: LoadedEvidenceFile,
  { wiring }: EvidencePorts,
): Promise<readonly CheckLine[]> {
  const { file, baseDirectory } = loaded;
  const records: Place = { id: 'record-signer', name: 'signer of records' };
  const checkpoints: Place = { id: 'checkpoint-signer', name: 'signer of checkpoints' };
  const readOnly = 'none is named, so that the log can only be read';
  const first = await step(records, async () => {
    const authorities = await recordAuthorities(loaded, wiring);
    if (file.recordSigner === undefined) return notChecked(records, readOnly);
    const signer = await openRecordSigner(file.recordSigner, baseDirectory, wiring, file);
    try {
      if ('signBundle' in signer)
        return isOk(records, `${file.recordSigner}: whose identity it is shows when it signs`);
      if (!hasKey(authorities, signer.publicKey))
        refuse('evidence.config', `the record signer has none of the configured record keys`, {
          hint: 'Name the signer that belongs to this log, or add its key to recordKeys.',
        });
      return isOk(records, `${signer.algorithm} key, one of recordKeys`);
    } finally {
      await signer.close();
    }
  });
  const second = await step(checkpoints, async () => {
    if (file.checkpointSigner === undefined) return notChecked(checkpoints, readOnly);
    const signer = await wiring.openSigner(file.checkpointSigner, baseDirectory);
    try {
      const { origin } = file;
      signingKeyOf(signer, trustOf({ origin, checkpointKeys: file.checkpointKeys.map(({ vkey }) => vkey) }));
      return isOk(checkpoints, `${signer.algorithm} key, one of checkpointKeys`);
    } finally {
      await signer.close();
    }
  });
  return [...first, ...second];
}

const hasKey = (authorities: readonly RecordAuthority[], publicKey: Buffer): boolean =>
  authorities.some((one) => isKey(one) && one.spki.equals(publicKey));

async function sinkLines(
  { file, baseDirectory }: LoadedEvidenceFile,
  { probeFolder }: EvidencePorts,
): Promise<readonly CheckLine[]> {
  const lines: CheckLine[] = [];
  for (const { name, folder, required } of file.sinks) {
    const place: Place = { id: 'sink', name: `sink ${name}` };
    lines.push(
      ...(await step(place, async () => {
        await probeFolder(resolveFrom(folder, baseDirectory));
        return isOk(place, `${folder} can be written${required ? '' : '; not required'}`);
      })),
    );
  }
  return lines;
}
