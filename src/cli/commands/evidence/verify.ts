import { openFolder } from '../../../adapters/evidence-packs/read.ts';
import { loadIdentities, recordAuthorities } from '../../../app/evidence/identities.ts';
import { loadEvidenceFile, readingOptions } from '../../../app/evidence/open-evidence.ts';
import { type PackTrust, packTrust, packTrustOfFile } from '../../../app/evidence/pack-trust.ts';
import { verifyEvidence } from '../../../app/evidence/verify.ts';
import { verifyPack } from '../../../app/evidence/verify-pack.ts';
import { refuse } from '../../../errors.ts';
import { countingOn } from '../../count-progress.ts';
import { artifactFlag, evidencePath, identityFlags } from '../../evidence-words.ts';
import { chosenFormat } from '../../output.ts';
import type { Invocation } from '../../parse.ts';
import { renderPack, renderVerify } from '../../render/evidence.ts';
import { print } from '../../streams.ts';
import { createEvidenceWiring, readSmallFile } from '../../wire-evidence.ts';

/** `slsa-gate evidence verify` */
export async function run(words: Invocation): Promise<void> {
  const format = chosenFormat(words);
  const pack = words.text('pack');
  await print(
    pack === undefined ? await verifyLogOf(words, format) : await verifyPackAt(pack, words, format),
  );
  process.exitCode = 0;
}

async function verifyLogOf(words: Invocation, format: string): Promise<string> {
  const wiring = createEvidenceWiring(words);
  const loaded = await loadEvidenceFile(evidencePath(words, 'evidence verify'), wiring);
  const recordKeys = await recordAuthorities(loaded, wiring);
  const options = await readingOptions(loaded, wiring);
  const { verifierId } = loaded.file;
  const progress = countingOn(process.stderr, 'verified');
  try {
    const document = await verifyEvidence(
      { fromPinned: words.on('from-pinned'), withMaterial: !words.on('without-material') },
      options,
      { recordKeys, verifierId },
      progress.tell,
    );
    return renderVerify(document, format);
  } finally {
    progress.end();
    await options.store.close();
  }
}

async function verifyPackAt(pack: string, words: Invocation, format: string): Promise<string> {
  const artifactDigest = artifactFlag(words);
  const environment = words.text('environment');
  const document = await verifyPack(openFolder(pack), await trustOf(words), {
    ...(artifactDigest === undefined ? {} : { artifactDigest }),
    ...(environment === undefined ? {} : { environment }),
  });
  return renderPack(document, format);
}

/** Keys and identities out of the evidence file of the log, or as flags; a pack brings none. */
async function trustOf(words: Invocation): Promise<PackTrust> {
  const file = words.text('evidence');
  const wiring = createEvidenceWiring(words);
  if (file !== undefined) {
    const loaded = await loadEvidenceFile(file, wiring);
    return packTrustOfFile(loaded.file, await recordAuthorities(loaded, wiring));
  }
  const origin = words.text('origin');
  const recordKeys = words.list('record-key');
  const identity = identityFlags(words);
  const checkpointKeys = words.list('checkpoint-key');
  const hasSigner = recordKeys.length > 0 || identity !== undefined;
  if (origin === undefined || !hasSigner || checkpointKeys.length === 0) {
    return refuse('usage.flag', 'evidence verify --pack needs keys that do not come from the pack', {
      hint: 'Give --evidence FILE, or --origin, --record-key (or --certificate-identity) and --checkpoint-key.',
    });
  }
  const pems: string[] = [];
  for (const path of recordKeys) pems.push(Buffer.from(await readSmallFile(path)).toString('latin1'));
  return packTrust({
    origin,
    recordKeys: pems,
    recordIdentities: await loadIdentities(identity === undefined ? [] : [identity], '.', wiring),
    checkpointKeys,
    verifierId: words.text('verifier-id'),
  });
}
