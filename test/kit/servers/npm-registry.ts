import type { IncomingMessage, ServerResponse } from 'node:http';
import { hash } from '../keys.ts';
import { type Fault, type GoodAnswer, listen, sendAnswer } from './package-faults.ts';

/** A registry on loopback that answers as npm's does: packuments, manifests, tarballs, attestations, keys. */

export type NpmPlace = 'packument' | 'manifest' | 'tarball' | 'attestations' | 'keys';

export interface Publication {
  /** `@scope/name` or `name`. */
  readonly name: string;
  readonly version: string;
  readonly tarball: Buffer;
  /** Members of the list; left out: published without provenance. */
  readonly attestations?: readonly unknown[];
  readonly publishedAt?: string;
  /** Changes what the registry says of it. */
  readonly edit?: (dist: Record<string, unknown>, manifest: Record<string, unknown>) => void;
}

export interface AskedRequest {
  readonly place: NpmPlace | undefined;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface NpmRegistryServer {
  readonly origin: string;
  /** `host:port`, as it is listed. */
  readonly host: string;
  readonly requests: AskedRequest[];
  publish(publication: Publication): void;
  /** From now on this place answers so; undefined: as it should. */
  fail(place: NpmPlace, fault: Fault | undefined): void;
  close(): Promise<void>;
}

export interface NpmRegistryServerOptions {
  /** Path below which the registry lies, without a slash at its end. */
  readonly path?: string;
  /** Whoever does not show this is answered 404, as npm does for private packages. */
  readonly token?: string;
  /** It has no address for a single version. */
  readonly withoutManifests?: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const ABBREVIATED = 'application/vnd.npm.install-v1+json';
const NOT_FOUND: GoodAnswer = { status: 404, headers: JSON_TYPE, body: Buffer.from('{"error":"Not found"}') };

const ok = (value: unknown, headers: Record<string, string> = JSON_TYPE): GoodAnswer => ({
  status: 200,
  headers,
  body: Buffer.from(JSON.stringify(value)),
});

/** As npm publishes it: `sha512-<base64>`. */
export const integrityOf = (bytes: Buffer): string => `sha512-${hash('sha512', bytes).toString('base64')}`;

const SLSA_PROVENANCE = 'https://slsa.dev/provenance/v1';

export async function startNpmRegistry({
  path: base = '',
  token,
  withoutManifests = false,
}: NpmRegistryServerOptions = {}): Promise<NpmRegistryServer> {
  const publications: Publication[] = [];
  const faults = new Map<NpmPlace, Fault>();
  const requests: AskedRequest[] = [];
  let origin = '';

  const manifestOf = ({
    name,
    version,
    tarball,
    attestations,
    edit,
  }: Publication): Record<string, unknown> => {
    const encoded = name.replace('/', '%2f');
    const dist: Record<string, unknown> = {
      integrity: integrityOf(tarball),
      shasum: hash('sha1', tarball).toString('hex'),
      tarball: `${origin}${base}/${name}/-/${name.split('/').at(-1)}-${version}.tgz`,
      fileCount: 1,
      unpackedSize: tarball.length,
      signatures: [{ keyid: 'SHA256:registry', sig: 'MEUCIQ==' }],
    };
    if (attestations !== undefined) {
      const [provenance] = attestations.filter((one) => JSON.stringify(one).includes(SLSA_PROVENANCE));
      dist.attestations = {
        url: `${origin}${base}/-/npm/v1/attestations/${encoded}@${version}`,
        ...(provenance === undefined ? {} : { provenance: { predicateType: SLSA_PROVENANCE } }),
      };
    }
    const manifest: Record<string, unknown> = { name, version, main: 'index.js', dist };
    edit?.(dist, manifest);
    return manifest;
  };

  const packumentOf = (name: string, isAbbreviated: boolean): GoodAnswer => {
    const versions = publications.filter((one) => one.name === name);
    if (versions.length === 0) return NOT_FOUND;
    const packument = {
      _id: name,
      name,
      'dist-tags': { latest: versions.at(-1)?.version },
      versions: Object.fromEntries(versions.map((one) => [one.version, manifestOf(one)])),
    };
    if (isAbbreviated) return ok(packument, { 'content-type': ABBREVIATED });
    const times = versions.map(({ version, publishedAt = '2026-02-01T00:00:00.000Z' }) => [
      version,
      publishedAt,
    ]);
    const time = { created: times[0]?.[1], modified: times.at(-1)?.[1], ...Object.fromEntries(times) };
    return ok({ ...packument, time, readme: '# widget' });
  };

  const route = (path: string, accept: string): { place?: NpmPlace; good: GoodAnswer } => {
    const attestations = /^\/-\/npm\/v1\/attestations\/((?:@[^/]+%2f)?[^/@]+)@([^/]+)$/i.exec(path);
    if (attestations !== null) {
      const found = find(decodeURIComponent(attestations[1] ?? ''), attestations[2]);
      const good = found?.attestations === undefined ? NOT_FOUND : ok({ attestations: found.attestations });
      return { place: 'attestations', good };
    }
    if (path === '/-/npm/v1/keys') return { place: 'keys', good: ok({ keys: [] }) };
    const tarball = /^\/((?:@[^/]+\/)?[^/]+)\/-\/[^/]+-([0-9]+\.[0-9]+\.[0-9]+[^/]*)\.tgz$/.exec(path);
    if (tarball !== null) {
      const found = find(tarball[1] ?? '', tarball[2]);
      const headers = { 'content-type': 'application/octet-stream' };
      return {
        place: 'tarball',
        good: found === undefined ? NOT_FOUND : { status: 200, headers, body: found.tarball },
      };
    }
    const [, name = '', version] = /^\/((?:@[^/]+%2f)?[^/]+)(?:\/([^/]+))?$/i.exec(path) ?? [];
    const decoded = decodeURIComponent(name);
    if (version === undefined)
      return { place: 'packument', good: packumentOf(decoded, accept.includes(ABBREVIATED)) };
    const found = withoutManifests ? undefined : find(decoded, decodeURIComponent(version));
    const missing = { ...NOT_FOUND, body: Buffer.from(JSON.stringify(`version not found: ${version}`)) };
    return { place: 'manifest', good: found === undefined ? missing : ok(manifestOf(found)) };
  };

  const find = (name: string, version: string | undefined): Publication | undefined =>
    publications.find((one) => one.name === name && one.version === version);

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '';
    const below = path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
    const isKnown = token === undefined || request.headers.authorization === `Bearer ${token}`;
    const { place, good } =
      below === undefined
        ? { place: undefined, good: NOT_FOUND }
        : route(below, request.headers.accept ?? '');
    requests.push({ place, path, headers: request.headers });
    const fault = place === undefined ? undefined : faults.get(place);
    const etag = `"${hash('sha256', good.body).toString('hex').slice(0, 16)}"`;
    if (fault !== undefined) fault(response, good);
    else if (!isKnown) sendAnswer(response, NOT_FOUND);
    else if (good.status !== 200) sendAnswer(response, good);
    else if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else sendAnswer(response, { ...good, headers: { ...good.headers, etag } });
  };

  const { close, ...place } = await listen(answer);
  origin = place.origin;
  return {
    ...place,
    requests,
    publish: (publication) => void publications.push(publication),
    fail: (where, fault) => void (fault === undefined ? faults.delete(where) : faults.set(where, fault)),
    close,
  };
}
