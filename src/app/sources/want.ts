import type { SourceRepository } from '../../core/model/source-uri.ts';
import type { ArtifactFiles, ArtifactRead } from '../../core/ports.ts';
import { refuse } from '../../errors.ts';
import { hashBytes } from '../artifact-bytes.ts';
import type { NamedArtifact } from '../open-artifact.ts';
import type { Wanted } from './ask.ts';
import { chooseSources, type SourceChoice } from './choose.ts';

/** Nobody knows yet with what the attestations will name it. */
const ALL: Pick<ArtifactRead, 'algorithms'> = { algorithms: new Set(['sha1', 'sha384', 'sha512']) };

/** An artifact to look for, with its bytes where they are at hand: a signature may be over them. */
export interface WantedArtifact extends Wanted {
  readonly bytes?: Uint8Array;
}

/**
 * An index through which nothing is reached would be left out without a word.
 *
 * @throws SlsaGateError `usage.flag`
 */
export function assertReachable(
  viaIndex: string | undefined,
  wanted: Pick<Wanted, 'remote'> | undefined,
): void {
  if (viaIndex === undefined || wanted?.remote?.kind === 'oci') return;
  refuse('usage.flag', '--via-index is about an image that is read from its registry', {
    expected: 'registry/repository:tag or registry/repository@sha256:<hex>',
    actual: viaIndex,
    hint: 'Leave it out, or name the image in its registry.',
  });
}

/**
 * What has to be asked about an artifact, and hashes it where it lies on this machine; undefined where what was brought
 * along is all there is.
 *
 * @throws SlsaGateError `usage.no-bundle`, `path.*`
 */
export async function toWanted(
  { reference, parsed }: NamedArtifact,
  choice: Omit<SourceChoice, 'repositories'> & { readonly repositories: readonly SourceRepository[] },
  { purl, withBytes }: { readonly purl: string | undefined; readonly withBytes: boolean },
  artifacts: Pick<ArtifactFiles, 'read'>,
): Promise<WantedArtifact | undefined> {
  const sources = chooseSources(parsed, choice);
  if (sources.length === 0 || parsed.kind === 'oci-layout') return undefined;
  const common = { sources, reference, purl, remote: undefined, fileName: undefined };
  switch (parsed.kind) {
    case 'remote':
      return { ...common, remote: parsed.remote, digests: {} };
    case 'purl':
      return { ...common, remote: parsed.remote, digests: parsed.digests, purl: purl ?? reference };
    case 'digest':
      return { ...common, digests: parsed.digests };
    case 'file':
      return {
        ...common,
        ...(await artifacts.read(parsed.path, { ...ALL, withBytes })),
        fileName: parsed.path.split(/[\\/]/).at(-1) ?? parsed.path,
      };
    case 'bytes':
      return { ...common, ...hashBytes(parsed.bytes, { ...ALL, withBytes }), fileName: parsed.name };
  }
}
