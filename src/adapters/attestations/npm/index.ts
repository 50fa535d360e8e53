import { LIMITS } from '../../../core/limits.ts';
import { isJsonObject } from '../../../core/model/json.ts';
import type { RemoteReference } from '../../../core/model/remote-reference.ts';
import type { CollectedAttestations } from '../../../core/ports.ts';
import type { AttestationSource, ResolvedArtifact, SourceQuery } from '../../../core/source-ports.ts';
import { refuse } from '../../../errors.ts';
import type { HttpClient, HttpCredential } from '../../http/index.ts';
import { createPackageServer, type PackageServer, toFailed } from '../package-server.ts';
import { toHistory } from './history.ts';
import { toSha512 } from './integrity.ts';
import { manifestIn, type NpmManifest, toManifest } from './manifest.ts';
import { type NpmVersion, npmVersionOf, toNpmVersion, toPathName } from './reference.ts';
import { hashTarball, type TarballDigests } from './tarball.ts';

export type NpmReference = Extract<RemoteReference, { kind: 'npm' }>;

export interface NpmRegistryOptions {
  readonly http: HttpClient;
  /** The registry of a scope (`@scope`), or of packages without one, and what it is shown. */
  readonly registryFor: (scope: string | undefined) => {
    readonly url: string;
    readonly credentials: readonly HttpCredential[];
  };
  /** `host:port` where tarballs and attestations may lie beside the registry itself; asked without credentials. */
  readonly listedHosts: readonly string[];
}

export interface NpmRegistry {
  /**
   * Reads the version's manifest and hashes its tarball, which is not kept. Names it by its SHA-512 digest, which npm's
   * attestations are about.
   *
   * @throws SlsaGateError `usage.artifact`, `registry.not-found`, `npm.integrity`, `subject.weak-digest`, `source.*`,
   * `limit.*`, `config.*`
   */
  resolve(reference: NpmReference): Promise<ResolvedArtifact>;
  /** @param scope whose registry gives the source its name; each answer carries the name of the registry that gave it */
  source(scope?: string): AttestationSource;
  /**
   * What the registry says of the versions before, for the rule `no-downgrade`.
   *
   * @throws SlsaGateError `usage.artifact`, `registry.not-found`, `source.*`, `limit.*`
   */
  history(reference: Pick<NpmReference, 'purl'>): Promise<Uint8Array>;
}

const ANY_JSON = 'application/json';
/** The form of a packument without texts and times: a fraction of the whole. */
const ABBREVIATED = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8';

/**
 * npm's registry, or one that speaks as it does. Keys that a registry publishes are not asked for: whoever signs must be
 * known from elsewhere.
 */
export function createNpmRegistry({ http, registryFor, listedHosts }: NpmRegistryOptions): NpmRegistry {
  const serverOf = (scope: string | undefined): PackageServer =>
    createPackageServer({ http, listedHosts, ...registryFor(scope) });
  /** Manifests that were resolved and not yet asked about; each is used once, so that another run reads it anew. */
  const resolved = new Map<string, NpmManifest>();

  return {
    async resolve(reference) {
      const wanted = toNpmVersion(reference.purl);
      const server = serverOf(wanted.scope);
      const manifest = await readManifest(server, wanted);
      const shown = `${wanted.name}@${wanted.version}`;
      if (manifest === undefined)
        return refuse('registry.not-found', `the package has no such version: ${shown}`);
      const digests = await hashTarball(server, manifest.tarball, toSha512(manifest.integrity, shown));
      checkPinned(wanted, digests);
      resolved.set(wanted.purl, manifest);
      return {
        reference: `${wanted.purl}?checksum=sha512:${digests.sha512}`,
        digests,
        purl: wanted.purl,
        fileName: undefined,
        viaIndex: undefined,
        index: undefined,
      };
    },

    source: (scope) => ({
      name: `npm:${serverOf(scope).label}`,
      async collect(query: SourceQuery) {
        const wanted = npmVersionOf(query);
        const server = serverOf(wanted.scope);
        const known = resolved.get(wanted.purl);
        resolved.delete(wanted.purl);
        try {
          return await collect(server, wanted, known ?? (await readManifest(server, wanted)));
        } catch (error) {
          return toFailed(`npm:${server.label}`, error);
        }
      },
    }),

    async history(reference) {
      const wanted = toNpmVersion(reference.purl);
      const server = serverOf(wanted.scope);
      const { json } = await server.readJson(server.at(toPathName(wanted)), {
        accept: ANY_JSON,
        maxBytes: LIMITS.packageListBytes,
      });
      return toHistory(json, wanted);
    },
  };
}

/** Undefined: the package can be read, and has no such version. */
async function readManifest(server: PackageServer, wanted: NpmVersion): Promise<NpmManifest | undefined> {
  const answer = await server.findJson(
    server.at(`${toPathName(wanted)}/${encodeURIComponent(wanted.version)}`),
    {
      accept: ANY_JSON,
      maxBytes: LIMITS.apiAnswerBytes,
      absent: [404, 405],
    },
  );
  if (answer.isFound) return toManifest(answer.json, wanted);
  // A registry without that address answers the same as one without the version, or one that hides the package from us.
  const packument = await server.readJson(server.at(toPathName(wanted)), {
    accept: ABBREVIATED,
    maxBytes: LIMITS.packageListBytes,
  });
  const json = manifestIn(packument.json, wanted);
  return json === undefined ? undefined : toManifest(json, wanted);
}

async function collect(
  server: PackageServer,
  wanted: NpmVersion,
  manifest: NpmManifest | undefined,
): Promise<CollectedAttestations> {
  const name = `npm:${server.label}`;
  const absent = (reason: string): CollectedAttestations => ({
    name,
    answer: 'absent',
    attestations: [],
    reason,
  });
  const shown = `${wanted.name}@${wanted.version}`;
  if (manifest === undefined) return absent(`the registry has no ${shown}`);
  const promised = manifest.attestations;
  // Asked also where nothing is promised: one answer is easier to withhold than two.
  const answer = await server.findJson(
    promised?.url ??
      server.at(`-/npm/v1/attestations/${toPathName(wanted)}@${encodeURIComponent(wanted.version)}`),
    { accept: ANY_JSON, maxBytes: LIMITS.apiAnswerBytes, absent: [404] },
  );
  if (!answer.isFound) {
    if (!manifest.isWhole)
      refuse('source.unavailable', `the registry leaves out whether there are attestations of ${shown}`);
    if (promised === undefined) return absent(`the registry has no attestations of ${shown}`);
    refuse('source.http-status', `the registry names attestations of ${shown} and answers 404 for them`);
  }
  const { json, bytes } = answer;
  if (!isJsonObject(json) || !Array.isArray(json.attestations))
    refuse('source.malformed-response', `what the registry answers for attestations of ${shown} is no list`);
  if (json.attestations.length === 0 && promised === undefined)
    return absent(`the registry has no attestations of ${shown}`);
  return { name, answer: 'complete', attestations: [{ bytes, source: `${name}#${shown}` }] };
}

function checkPinned({ checksum }: NpmVersion, digests: TarballDigests): void {
  if (checksum !== undefined && digests[checksum.algorithm] !== checksum.value) {
    refuse('npm.integrity', 'the registry has another package than the one that the purl pins', {
      expected: `${checksum.algorithm}:${checksum.value}`,
      actual: `${checksum.algorithm}:${digests[checksum.algorithm]}`,
    });
  }
}
