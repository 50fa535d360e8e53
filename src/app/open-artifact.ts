import { type FoundAttestation, parseAttestations } from '../core/attestation/parse.ts';
import { LIMITS } from '../core/limits.ts';
import type { ArtifactDigests } from '../core/model/digest.ts';
import type { Expectations } from '../core/model/expectations.ts';
import {
  type ArtifactReference,
  isPurlReference,
  parseLocalReference,
} from '../core/model/local-reference.ts';
import type { Purl } from '../core/model/purl.ts';
import type { ArtifactFiles, CollectedAttestations } from '../core/ports.ts';
import type { ArtifactInput } from '../core/verify/signature.ts';
import { refuse } from '../errors.ts';
import { type ArtifactBytes, hashBytes } from './artifact-bytes.ts';
import { hintsOf } from './needed-digests.ts';
import type { Located } from './sources/ask.ts';
import { subjectSides } from './sources/subject-sides.ts';

/** An artifact as the caller named it, or its bytes. */
export interface NamedArtifact {
  /** As the answer calls it, until more is known. */
  readonly reference: string;
  readonly parsed: ArtifactReference | ArtifactBytes;
}

/** One artifact to decide: what it is, and what was found about it. */
export interface Subject {
  readonly reference: string;
  readonly expectations: Expectations;
  readonly artifact: ArtifactInput | undefined;
  readonly found: readonly FoundAttestation[];
  readonly sources: readonly CollectedAttestations[];
}

/** What the caller's own files hold, and whether they could be read. */
export interface GivenAttestations {
  readonly files: CollectedAttestations;
  readonly found: readonly FoundAttestation[];
}

export const toNamedArtifact = async (given: string | ArtifactBytes): Promise<NamedArtifact> =>
  typeof given === 'string'
    ? { reference: given, parsed: await parseReference(given) }
    : { reference: given.name ?? 'bytes', parsed: given };

/** The library of purls is slow to load, so it is only for purls. */
async function parseReference(reference: string): Promise<ArtifactReference> {
  if (!isPurlReference(reference)) return parseLocalReference(reference);
  return (await import('../core/model/artifact-reference.ts')).parseArtifactReference(reference);
}

/**
 * Hashes the artifact, or reads it out of its layout, and joins what lies beside it with what the caller's files hold. Where
 * sources were asked, that is what `located` says. The name of the artifact adds what it says to the expectations.
 *
 * @throws SlsaGateError `path.*`, `registry.*`, `limit.*`, `usage.*`
 */
export async function openArtifact(
  { reference, parsed }: NamedArtifact,
  expected: Omit<Expectations, 'subject'>,
  { files, found: foundInFiles }: GivenAttestations,
  artifacts: ArtifactFiles,
  located?: Located & { readonly bytes?: Uint8Array },
): Promise<Subject> {
  const layout = parsed.kind === 'oci-layout' ? await artifacts.readLayout(parsed.reference) : undefined;
  const sources = located?.collected ?? (layout === undefined ? [files] : [layout.collected, files]);
  const beside =
    located === undefined && layout === undefined
      ? []
      : parseAttestations(
          (located?.collected ?? [layout?.collected]).flatMap((one) => one?.attestations ?? []),
        );
  const found = located === undefined ? [...beside, ...foundInFiles] : beside;
  if (found.length > LIMITS.attestations) {
    refuse('limit.attestations', `more than ${LIMITS.attestations} attestations`);
  }
  const artifact = located ?? (await readArtifact(parsed, layout?.artifact.digests, found, artifacts));
  const isNameless = parsed.kind === 'bytes' && parsed.name === undefined;
  const fileName = located?.fileName ?? (parsed.kind === 'bytes' ? parsed.name : fileNameOf(parsed));
  const npmPackage = npmPackageOf(parsed, expected.npmPackage);
  return {
    reference:
      located?.reference ??
      layout?.artifact.reference ??
      (isNameless ? `sha256:${artifact.digests.sha256}` : reference),
    expectations: {
      ...expected,
      subject: {
        kind: 'artifact',
        digests: artifact.digests,
        ...subjectSides(located?.facts ?? [], located?.digests, { mayRelyOnIndex: true }),
      },
      ...(fileName === undefined ? {} : { fileName }),
      ...(npmPackage === undefined ? {} : { npmPackage }),
    },
    artifact,
    found,
    sources,
  };
}

async function readArtifact(
  parsed: NamedArtifact['parsed'],
  layoutDigests: ArtifactDigests | undefined,
  found: readonly FoundAttestation[],
  artifacts: ArtifactFiles,
): Promise<ArtifactInput> {
  switch (parsed.kind) {
    case 'file':
      return artifacts.read(parsed.path, hintsOf(found));
    case 'bytes':
      return hashBytes(parsed.bytes, hintsOf(found));
    case 'oci-layout':
      return { digests: layoutDigests ?? {} };
    case 'remote':
      return refuse('internal.bug', 'an artifact at a server that nobody asked');
    default:
      return { digests: parsed.digests };
  }
}

/**
 * The package that flags and purl name together; the answer is given in the purl's name, so neither replaces the other.
 *
 * @throws SlsaGateError `usage.flag`
 */
function npmPackageOf(
  parsed: NamedArtifact['parsed'],
  wanted: Expectations['npmPackage'],
): Expectations['npmPackage'] | undefined {
  const purl = purlOf(parsed);
  if (purl?.type !== 'npm') return wanted;
  const { name, version } = purl;
  for (const [flag, asked, named] of [
    ['--npm-package', wanted?.name, name],
    ['--npm-version', wanted?.version, version],
  ] as const) {
    if (asked !== undefined && named !== undefined && asked !== named) {
      refuse('usage.flag', `${flag} is another one than that of the purl: ${asked}`, {
        expected: named,
        actual: asked,
      });
    }
  }
  return { name, ...(version === undefined ? {} : { version }), ...wanted };
}

/** The purl by which an artifact was named. */
const purlOf = (parsed: NamedArtifact['parsed']): Purl | undefined => {
  if (parsed.kind === 'purl') return parsed.purl;
  return parsed.kind === 'remote' && parsed.remote.kind !== 'oci' ? parsed.remote.purl : undefined;
};

const fileNameOf = (parsed: ArtifactReference): string | undefined =>
  parsed.kind === 'file' ? (parsed.path.split(/[\\/]/).at(-1) ?? parsed.path) : undefined;
