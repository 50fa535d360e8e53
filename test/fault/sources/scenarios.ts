import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArtifactReference } from '../../../src/core/model/artifact-reference.ts';
import type { RemoteReference } from '../../../src/core/model/remote-reference.ts';
import type { SignedBundle } from '../../kit/bundle.ts';
import { sigstore } from '../../kit/gate.ts';
import { hash } from '../../kit/keys.ts';
import { createLayout, OCI } from '../../kit/oci-layout.ts';
import { type GithubServer, startGithub } from '../../kit/servers/github.ts';
import { startNpmRegistry } from '../../kit/servers/npm-registry.ts';
import { status } from '../../kit/servers/package-faults.ts';
import { startPypiIndex } from '../../kit/servers/pypi-index.ts';
import { startRegistry } from '../../kit/servers/registry.ts';
import { startRekor } from '../../kit/servers/rekor.ts';
import { ARTIFACT } from '../../kit/sigstore.ts';
import { subjectOf } from '../../kit/statement.ts';
import { unlogged } from '../../unit/adapters/attestations/rekor/log.ts';
import { altered, rewritten, type SourceFault } from './faults.ts';
import type { Scenario } from './lab.ts';

/** Each source with one attestation that passes, so that every allow rests on what the source told. */

const remoteOf = (text: string): RemoteReference => {
  const parsed = parseArtifactReference(text);
  if (parsed.kind !== 'remote') throw new Error(`lies at no server: ${text}`);
  return parsed.remote;
};

const notFound = (body: object): SourceFault => ({
  kind: 'answer',
  answer: () => status(404, {}, JSON.stringify(body)),
});

/** Where a 404 of the vendor means that there are none. */
const absent = (body: object) => ({ notFound: notFound(body), nothing: notFound(body) });

/** Two answers must agree that there are none: the list that would promise them, asked first, and a 404. */
const unpromised = (rewrite: (document: never) => unknown, body: object): SourceFault => ({
  kind: 'answer',
  answer: (nth) => (nth === 1 ? rewritten(rewrite) : status(404, {}, JSON.stringify(body))),
  matches: () => true,
});

const signed = new Map<string, SignedBundle>();
/** The same one for the same artifact, whichever server has it. */
function attesting(artifact: Buffer, ...algorithms: readonly ('sha256' | 'sha512')[]): SignedBundle {
  const key = `${artifact.toString('latin1')} ${algorithms.join()}`;
  const made =
    signed.get(key) ?? sigstore.signStatement({ subject: [subjectOf('widget', artifact, ...algorithms)] });
  signed.set(key, made);
  return made;
}

const predicateTypeOf = ({ bundle }: SignedBundle): string => {
  const payload = Buffer.from(bundle.dsseEnvelope?.payload ?? '', 'base64').toString('utf8');
  return (JSON.parse(payload) as { predicateType: string }).predicateType;
};

const REPOSITORY = 'team/widget';

async function oci(): Promise<Scenario> {
  const server = await startRegistry();
  const folder = mkdtempSync(join(tmpdir(), 'fault-registry-'));
  const layout = createLayout();
  const image = layout.image();
  layout.list(image);
  const store = server.repository(REPOSITORY);
  store.load(layout.write(folder));
  const artifact = Buffer.from(store.manifests.get(image.digest)?.bytes ?? '');
  const bundle = layout.blob(attesting(artifact).text(), OCI.bundle);
  layout.list(layout.attesting([bundle], image));
  store.load(layout.write(folder));
  const decisive = `/v2/${REPOSITORY}/referrers/${image.digest}`;
  return {
    name: 'oci',
    target: server.host,
    artifact,
    decisive,
    matches: (_, path) => path.startsWith(decisive),
    notFound: notFound({ errors: [{ code: 'NOT_FOUND', message: 'no such page' }] }),
    nothing: { kind: 'answer', answer: () => rewritten((index: object) => ({ ...index, manifests: [] })) },
    wrongDigest: { kind: 'answer', answer: () => altered, matches: (path) => path.includes('/blobs/') },
    settings: () => ({}),
    query: (host) => ({
      remote: remoteOf(`${host}/${REPOSITORY}@${image.digest}`),
      sources: [{ kind: 'oci', registry: host, repository: REPOSITORY }],
    }),
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const NOT_FOUND = { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' };

/** Whatever went wrong, it was asked as its description says. */
async function closeGithub(server: GithubServer): Promise<void> {
  await server.close();
  if (server.violations.length > 0) throw new Error(server.violations.join('\n'));
}

async function github(): Promise<Scenario> {
  const server = await startGithub();
  const digest = `sha256:${hash('sha256', ARTIFACT).toString('hex')}`;
  const repository = server.state.repository('octo-org/widget');
  server.state.attest(repository, digest, attesting(ARTIFACT).text());
  const decisive = `/repos/octo-org/widget/attestations/${digest}`;
  const [target = '', ...others] = server.hosts;
  return {
    name: 'github',
    target,
    others,
    artifact: ARTIFACT,
    decisive,
    matches: (_, path) => path.startsWith('/repos/octo-org/widget/attestations/'),
    ...absent(NOT_FOUND),
    settings: (origin) => ({ githubUrl: origin }),
    query: () => ({ remote: undefined, sources: [{ kind: 'github', owner: 'octo-org', repo: 'widget' }] }),
    close: () => closeGithub(server),
  };
}

async function githubRelease(): Promise<Scenario> {
  const server = await startGithub();
  const release = server.state.release(server.state.repository('octo-org/widget'), 'v1.2.3');
  server.state.asset(release, 'widget.tgz', ARTIFACT);
  server.state.asset(release, 'widget.intoto.jsonl', Buffer.from(attesting(ARTIFACT).text()));
  // Its pages; the release itself is asked for first, and is the one that can be absent.
  const decisive = `/repos/octo-org/widget/releases/${release.id}/assets`;
  const [target = '', ...others] = server.hosts;
  return {
    name: 'github-release',
    target,
    others,
    artifact: ARTIFACT,
    decisive,
    matches: (_, path) => /^\/repos\/octo-org\/widget\/releases\/(?:tags|[0-9]+)\//.test(path),
    ...absent(NOT_FOUND),
    settings: (origin) => ({ githubUrl: origin }),
    query: () => ({
      remote: undefined,
      sources: [{ kind: 'github-release', owner: 'octo-org', repo: 'widget', tag: 'v1.2.3' }],
    }),
    close: () => closeGithub(server),
  };
}

async function npm(): Promise<Scenario> {
  const server = await startNpmRegistry();
  const provenance = attesting(ARTIFACT, 'sha512');
  const { bundle } = provenance;
  const attestations = [{ predicateType: predicateTypeOf(provenance), bundle }];
  server.publish({ name: 'widget', version: '1.2.3', tarball: ARTIFACT, attestations });
  const decisive = '/-/npm/v1/attestations/widget@1.2.3';
  return {
    name: 'npm',
    target: server.host,
    artifact: ARTIFACT,
    decisive,
    matches: (_, path) => path.startsWith('/-/npm/v1/attestations/'),
    notFound: notFound({ error: 'Not found' }),
    nothing: unpromised(
      (manifest: { dist: object }) => ({ ...manifest, dist: { ...manifest.dist, attestations: undefined } }),
      { error: 'Not found' },
    ),
    settings: (origin) => ({
      npmRegistryFor: async () => () => ({ url: origin, credentials: [] }),
    }),
    query: () => ({ remote: remoteOf('pkg:npm/widget@1.2.3'), sources: [{ kind: 'npm' }] }),
    close: () => server.close(),
  };
}

async function pypi(): Promise<Scenario> {
  const server = await startPypiIndex();
  const { verificationMaterial, dsseEnvelope } = attesting(ARTIFACT).bundle;
  const attestation = {
    version: 1,
    verification_material: {
      certificate: verificationMaterial?.certificate?.rawBytes,
      transparency_entries: verificationMaterial?.tlogEntries,
    },
    envelope: { statement: dsseEnvelope?.payload, signature: dsseEnvelope?.signatures?.[0]?.sig },
  };
  server.upload({
    project: 'widget',
    version: '1.2.3',
    fileName: 'widget-1.2.3.tar.gz',
    bytes: ARTIFACT,
    attestations: [attestation],
  });
  const decisive = '/integrity/widget/1.2.3/widget-1.2.3.tar.gz/provenance';
  return {
    name: 'pypi',
    target: server.host,
    artifact: ARTIFACT,
    decisive,
    matches: (_, path) => path.startsWith('/integrity/'),
    notFound: notFound({ message: 'No provenance available for widget-1.2.3.tar.gz' }),
    nothing: unpromised(
      (page: { files: readonly object[] }) => ({
        ...page,
        files: page.files.map((file) => ({ ...file, provenance: null })),
      }),
      { message: 'No provenance available for widget-1.2.3.tar.gz' },
    ),
    settings: (origin) => ({ pypiUrl: origin }),
    query: () => ({ remote: remoteOf('pkg:pypi/widget@1.2.3'), sources: [{ kind: 'pypi' }] }),
    close: () => server.close(),
  };
}

/** A log has no attestations: it has the entry that one lacks. */
async function rekor(): Promise<Scenario> {
  const signed = attesting(ARTIFACT);
  const server = await startRekor(sigstore.rekor);
  return {
    name: 'rekor',
    target: server.host,
    artifact: ARTIFACT,
    given: [{ name: 'file', answer: 'complete', attestations: [unlogged(signed)] }],
    decisive: '/api/v1/index/retrieve',
    matches: (_, path) => path === '/api/v1/index/retrieve',
    notFound: notFound({ code: 404, message: 'Not found' }),
    nothing: { kind: 'answer', answer: () => rewritten(() => []) },
    settings: (origin) => ({ rekorUrl: origin }),
    query: () => ({ remote: undefined, sources: [{ kind: 'rekor', url: undefined }] }),
    close: () => server.close(),
  };
}

export const SCENARIOS: Readonly<Record<string, () => Promise<Scenario>>> = {
  oci,
  github,
  'github-release': githubRelease,
  npm,
  pypi,
  rekor,
};
