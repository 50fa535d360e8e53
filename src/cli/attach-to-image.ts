import { defined } from '../app/defined.ts';
import { attachToImage } from '../app/evidence/attach-to-image.ts';
import { isPurlReference } from '../core/model/local-reference.ts';
import { looksLikeOciReference, type OciReference, parseOciReference } from '../core/model/oci/reference.ts';
import { refuse } from '../errors.ts';
import { withEvidence } from './evidence-words.ts';
import { chosenFormat } from './output.ts';
import type { Invocation } from './parse.ts';
import { renderImageAttachment } from './render/evidence-attach.ts';
import { print } from './streams.ts';
import { openImageWriter } from './wire-registry.ts';

/** Of records alone, or of images alone. */
const RECORD_FLAGS = ['to', 'stdout'] as const;
const IMAGE_FLAGS = ['record', 'environment', 'summary-only'] as const;

const isGiven = (words: Invocation, flag: string): boolean =>
  words.on(flag) || words.text(flag) !== undefined;

/** Whether what is named is an image; a record is named by its id. */
export const namesImage = (name: string): boolean =>
  !name.startsWith('rec_') && (isPurlReference(name) || looksLikeOciReference(name));

/** @throws SlsaGateError `usage.flag` */
export function refuseOtherFlags(words: Invocation, what: 'an image' | 'a record'): void {
  const others = what === 'an image' ? RECORD_FLAGS : IMAGE_FLAGS;
  const flag = others.find((name) => isGiven(words, name));
  if (flag === undefined) return;
  refuse('usage.flag', `--${flag} is not for ${what}`, {
    hint: 'A record goes into a folder or to standard output; an image gets the newest record that allows it.',
  });
}

/** A purl of an image says in which registry it lies. */
async function toImage(name: string): Promise<OciReference> {
  if (!isPurlReference(name)) return parseOciReference(name);
  const { parseArtifactReference } = await import('../core/model/artifact-reference.ts');
  const parsed = parseArtifactReference(name);
  const remote = parsed.kind === 'purl' || parsed.kind === 'remote' ? parsed.remote : undefined;
  if (remote?.kind === 'oci') return remote.image;
  return refuse('usage.artifact', `not an image in a registry: ${name}`, {
    expected: 'registry/repository@sha256:<hex>, or pkg:oci/... with repository_url',
    actual: name,
  });
}

/** `slsa-gate evidence attach IMAGE` */
export async function runAttachToImage(words: Invocation, name: string): Promise<void> {
  const format = chosenFormat(words);
  refuseOtherFlags(words, 'an image');
  const image = await toImage(name);
  if (image.digest === undefined) {
    return refuse('usage.artifact', `the image is not named by digest: ${name}`, {
      expected: 'registry/repository@sha256:<hex>',
      actual: name,
      hint: 'A tag may name another image by now: give the digest that gate printed.',
    });
  }
  const wanted = {
    image,
    withDecision: !words.on('summary-only'),
    ...defined({ recordId: words.text('record'), environment: words.text('environment') }),
  };
  const attachment = await withEvidence(words, 'evidence attach', { write: false }, async (evidence) => {
    const writer = await openImageWriter(words);
    try {
      return await attachToImage(wanted, evidence, writer);
    } finally {
      await writer.close();
    }
  });
  await print(renderImageAttachment(attachment, format));
  process.exitCode = 0;
}
