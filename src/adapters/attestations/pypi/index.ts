import { LIMITS } from '../../../core/limits.ts';
import { isJsonObject, type Json } from '../../../core/model/json.ts';
import type { RemoteReference } from '../../../core/model/remote-reference.ts';
import type { CollectedAttestations } from '../../../core/ports.ts';
import type { AttestationSource, ResolvedArtifact, SourceQuery } from '../../../core/source-ports.ts';
import { refuse } from '../../../errors.ts';
import type { HttpClient, HttpCredential } from '../../http/index.ts';
import { createPackageServer, type PackageServer, toFailed } from '../package-server.ts';
import { filesOf, type ListedFile } from './project-page.ts';
import { type PypiRelease, pypiReleaseOf, toPypiRelease } from './reference.ts';

export type PypiReference = Extract<RemoteReference, { kind: 'pypi' }>;

export interface PypiIndexOptions {
  readonly http: HttpClient;
  /** Its base, below which `simple/` and `integrity/` lie, or its `simple/`. Default `https://pypi.org`. */
  readonly indexUrl?: string;
  readonly credentials: readonly HttpCredential[];
  /** `host:port` where provenance may lie beside the index itself; asked without credentials. */
  readonly listedHosts: readonly string[];
}

export interface PypiIndex {
  /**
   * Reads which digest the index names the file by. The file itself is not read: what is decided about is that digest.
   *
   * @throws SlsaGateError `usage.artifact`, also where a release has several files and none is named,
   * `registry.not-found`, `registry.digest-mismatch`, `subject.weak-digest`, `source.*`, `limit.*`, `config.*`
   */
  resolve(reference: PypiReference): Promise<ResolvedArtifact>;
  source(): AttestationSource;
}

const SIMPLE = 'application/vnd.pypi.simple.v1+json';
const INTEGRITY = 'application/vnd.pypi.integrity.v1+json';
const SHOWN_FILES = 20;

/** PyPI, or an index that speaks as it does: simple repository API in JSON, and the integrity API (PEP 740). */
export function createPypiIndex({
  http,
  indexUrl = 'https://pypi.org',
  credentials,
  listedHosts,
}: PypiIndexOptions): PypiIndex {
  const server = createPackageServer({
    http,
    url: indexUrl.replace(/\/simple\/*$/, ''),
    credentials,
    listedHosts,
  });
  const name = `pypi:${server.label}`;
  /** Files that were resolved and not yet asked about; each is used once, so that another run reads it anew. */
  const resolved = new Map<string, ListedFile>();
  const keyOf = ({ project, version }: PypiRelease, sha256: string): string =>
    `${project} ${version} ${sha256}`;

  return {
    async resolve(reference) {
      const wanted = toPypiRelease(reference.purl);
      const shown = `${wanted.project} ${wanted.version}`;
      const file = chooseFile(await readFiles(server, wanted), wanted);
      const { sha256, fileName } = file;
      if (sha256 === undefined)
        return refuse('subject.weak-digest', `the index names no SHA-256 digest of a file of ${shown}`, {
          actual: fileName,
        });
      if (wanted.sha256 !== undefined && wanted.sha256 !== sha256) {
        refuse('registry.digest-mismatch', 'the index has another file than the one that the purl pins', {
          expected: `sha256:${wanted.sha256}`,
          actual: `sha256:${sha256}`,
        });
      }
      resolved.set(keyOf(wanted, sha256), file);
      const purl = `pkg:pypi/${wanted.project}@${encodeURIComponent(wanted.version)}`;
      return {
        reference: `${purl}?checksum=sha256:${sha256}&file_name=${encodeURIComponent(fileName)}`,
        digests: { sha256 },
        purl,
        fileName,
        viaIndex: undefined,
        index: undefined,
      };
    },

    source: () => ({
      name,
      async collect(query: SourceQuery) {
        const wanted = pypiReleaseOf(query);
        const { sha256 } = query.digests;
        const key = keyOf(wanted, sha256);
        const known = resolved.get(key);
        resolved.delete(key);
        try {
          const file = known ?? (await readFiles(server, wanted)).find((one) => one.sha256 === sha256);
          if (file !== undefined) return await collect(server, name, wanted, file);
          const reason = `the index lists no file of ${wanted.project} ${wanted.version} with this digest`;
          return { name, answer: 'absent', attestations: [], reason };
        } catch (error) {
          return toFailed(name, error);
        }
      },
    }),
  };
}

async function readFiles(server: PackageServer, wanted: PypiRelease): Promise<readonly ListedFile[]> {
  const { json } = await server.readJson(server.at(`simple/${wanted.project}/`), {
    accept: SIMPLE,
    maxBytes: LIMITS.packageListBytes,
  });
  return filesOf(json, wanted);
}

function chooseFile(files: readonly ListedFile[], wanted: PypiRelease): ListedFile {
  const { project, version, fileName, sha256 } = wanted;
  const named = fileName === undefined ? files : files.filter((file) => file.fileName === fileName);
  const pinned =
    fileName === undefined && sha256 !== undefined ? named.filter((one) => one.sha256 === sha256) : named;
  const [file, second] = pinned;
  if (file === undefined) {
    return refuse('registry.not-found', `the index lists no such file of ${project} ${version}`, {
      actual: fileName ?? 'no file of this version',
    });
  }
  if (second !== undefined) {
    const names = pinned.slice(0, SHOWN_FILES).map((one) => one.fileName.slice(0, 100));
    refuse('usage.artifact', `${project} ${version} has several files: ${names.join(', ')}`, {
      hint: `Name one of them: pkg:pypi/${project}@${version}?file_name=${names[0]}`,
      actual: `${pinned.length} files`,
    });
  }
  return file;
}

async function collect(
  server: PackageServer,
  name: string,
  wanted: PypiRelease,
  { fileName, provenance, yanked }: ListedFile,
): Promise<CollectedAttestations> {
  const told = yanked === undefined ? undefined : `the file was yanked: ${yanked}`;
  const absent = (why: string): CollectedAttestations => ({
    name,
    answer: 'absent',
    attestations: [],
    reason: told === undefined ? why : `${why}; ${told}`,
  });
  const path = [wanted.project, wanted.version, fileName].map(encodeURIComponent).join('/');
  // Asked also where the list names none: one answer is easier to withhold than two.
  const answer = await server.findJson(provenance ?? server.at(`integrity/${path}/provenance`), {
    accept: INTEGRITY,
    maxBytes: LIMITS.apiAnswerBytes,
    absent: [404],
  });
  if (!answer.isFound) {
    if (provenance === null) return absent(`the index has no provenance of ${fileName}`);
    const says = provenance === undefined ? 'does not say whether there is' : 'names';
    return refuse('source.http-status', `the index ${says} provenance of ${fileName} and answers 404 for it`);
  }
  if (!hasAttestations(answer.json, fileName)) {
    if (provenance === null) return absent(`the index has no provenance of ${fileName}`);
    refuse('source.malformed-response', `the index names provenance of ${fileName} that is empty`);
  }
  return {
    name,
    answer: 'complete',
    attestations: [{ bytes: answer.bytes, source: `${name}#${fileName}` }],
    ...(told === undefined ? {} : { reason: told }),
  };
}

/** @throws SlsaGateError `source.malformed-response` where a list is none */
function hasAttestations(json: Json, fileName: string): boolean {
  const bundles = isJsonObject(json) ? json.attestation_bundles : undefined;
  const lists = Array.isArray(bundles)
    ? (bundles as readonly Json[]).map((bundle) => (isJsonObject(bundle) ? bundle.attestations : undefined))
    : [undefined];
  if (!lists.every((list) => Array.isArray(list)))
    refuse(
      'source.malformed-response',
      `what the index answers for provenance of ${fileName} has another form`,
    );
  return lists.some((list) => list.length > 0);
}
