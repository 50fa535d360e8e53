import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadPolicy } from '../../../../src/app/gate/load-policy.ts';
import {
  inferFromReleases,
  type PolicyInferDocument,
  parseReleaseList,
  type ReleaseInput,
} from '../../../../src/app/policy/infer.ts';
import type { VerificationPorts } from '../../../../src/app/requests.ts';
import { parsePolicy } from '../../../../src/core/policy/parse.ts';
import { refuse } from '../../../../src/errors.ts';
import type { SignedBundle } from '../../../kit/bundle.ts';
import {
  CLOUD_BUILD_IMAGE,
  cloudBuildDocument,
  cloudBuildProvenance,
  cloudBuildStatementV1,
  createCloudBuildSigners,
} from '../../../kit/cloud-build.ts';
import { catalogueFor, evaluateWith, NOW, sigstore } from '../../../kit/gate.ts';
import { ownWorkflowRun } from '../../../kit/github-run.ts';
import { changed } from '../../../kit/json.ts';
import { hash } from '../../../kit/keys.ts';
import { createSigstore, type SignStatementOptions } from '../../../kit/sigstore.ts';
import { npmProvenanceV1, npmSubject } from '../../../kit/statement.ts';
import { refusal } from '../../cli/command.ts';

interface Past {
  readonly name: string;
  readonly bytes: Buffer;
  readonly bundle: SignedBundle | string;
}

const GENERATOR =
  'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml';

let counter = 0;
/** A past release of its own bytes. */
function release(options: SignStatementOptions = {}, signer = sigstore): Past {
  const bytes = Buffer.from(`widget ${counter}\n`);
  return {
    name: `widget-${counter++}.tgz`,
    bytes,
    bundle: signer.signStatement({ artifact: bytes, ...options }),
  };
}

const tagged = (version: string, run: SignStatementOptions['run'] = {}): SignStatementOptions => ({
  run: { ref: `refs/tags/${version}`, ...run },
});

const cloudBuild = createCloudBuildSigners();

function portsOf(files: ReadonlyMap<string, Buffer>): VerificationPorts {
  const fileAt = (path: string): Buffer =>
    files.get(path) ?? refuse('path.not-found', `no such file: ${path}`);
  return {
    trust: {
      open: async (name) => [
        {
          name,
          bytes: Buffer.from(JSON.stringify(sigstore.trustedRoot())),
          origin: name === 'public-good' ? 'tuf' : 'file',
          currentAt: NOW,
        },
      ],
    },
    keys: {
      readKey: async (path) => fileAt(path),
      npm: async () => Buffer.from('{"keys":[]}'),
      cloudBuild: async () => cloudBuild.files,
    },
    artifacts: {
      check: async (path) => void fileAt(path),
      read: async (path) => ({
        digests: {
          sha256: hash('sha256', fileAt(path)).toString('hex'),
          sha512: hash('sha512', fileAt(path)).toString('hex'),
        },
      }),
      readLayout: async () => refuse('internal.bug', 'not a part of this test'),
    },
    attestations: {
      collect: async (names) => ({
        name: 'file',
        answer: 'complete',
        attestations: names.map((name) => ({ bytes: fileAt(name), source: `file:${name}` })),
      }),
    },
    readFile: async (path) => fileAt(path),
    now: () => NOW,
  };
}

const textOf = (bundle: Past['bundle']): string => (typeof bundle === 'string' ? bundle : bundle.text());

function infer(
  past: readonly Past[],
  changes: Partial<ReleaseInput> & { readonly root?: string } = {},
): Promise<PolicyInferDocument> {
  const { root = 'public-good', ...rest } = changes;
  const files = new Map<string, Buffer>([['catalogue.json', catalogueFor(sigstore)]]);
  for (const { name, bytes, bundle } of past) {
    files.set(name, bytes);
    files.set(`${name}.sigstore`, Buffer.from(textOf(bundle)));
  }
  const releases = past.map(({ name }) => ({
    artifact: name,
    bundles: [`${name}.sigstore`],
    package: 'pkg:generic/widget',
    ...rest,
  }));
  return inferFromReleases({ releases, trustedRoots: [root], catalogue: 'catalogue.json' }, portsOf(files));
}

const policyOf = ({ policy }: PolicyInferDocument) => {
  if (policy === null) throw new Error('nothing was inferred');
  return parse(policy);
};

/** Without comments, in which anything may be said. */
const valuesOf = ({ policy }: PolicyInferDocument): string => JSON.stringify(parse(policy ?? ''));

/** The draft, read by a person and used by a gate. */
const decideBy = (document: PolicyInferDocument, { bytes, bundle }: Past) =>
  evaluateWith({
    policy: (document.policy ?? '').replace('draft: true\n', ''),
    signed: bundle,
    artifact: bytes,
    package: 'pkg:generic/widget@1.0.0',
  });

describe('a policy that is inferred from past releases', () => {
  const PAST = [
    release(tagged('v1.0.0')),
    release(tagged('v1.1.0')),
    release(tagged('v2.0.0', { eventName: 'release' })),
  ];

  it('has their exact values, and each with the releases that it was seen in', async () => {
    const document = await infer(PAST);
    expect(policyOf(document)).toEqual({
      schemaVersion: 1,
      name: 'inferred',
      draft: true,
      packages: [
        {
          package: 'pkg:generic/widget',
          source: {
            repository: 'https://github.com/octo-org/widget',
            repositoryId: '486325809',
            ownerId: '80431187',
            refs: ['refs/tags/v1.0.0', 'refs/tags/v1.1.0', 'refs/tags/v2.0.0'],
          },
          builders: [{ id: GENERATOR, ref: 'version-tag' }],
          predicateTypes: ['https://slsa.dev/provenance/v0.2'],
          triggers: ['push', 'release'],
          runners: ['github-hosted'],
        },
      ],
      environments: { production: { level: 3, trustedRoots: ['public-good'], minBundleVersion: '0.3' } },
    });
    expect(document.policy).toContain('- refs/tags/v1.1.0 # release 2\n');
    expect(document.policy).toContain('- push # releases 1, 2\n');
    expect(document.policy).toContain('#   3  widget-2.tgz  sha256:');
    expect(document.releases.map(({ outcome }) => outcome)).toEqual(['used', 'used', 'used']);
  });

  it('lists what differs and generalises none of it', async () => {
    const document = await infer(PAST);
    expect(document.differences).toEqual([
      'pkg:generic/widget: refs differs: refs/tags/v1.0.0 in release 1; refs/tags/v1.1.0 in release 2; refs/tags/v2.0.0 in release 3',
      'pkg:generic/widget: triggers differs: push in releases 1, 2; release in release 3',
    ]);
    expect(valuesOf(document)).not.toMatch(/glob|re2|\*/);
  });

  it('lets every release pass that it was inferred from, once somebody has read it, and no other one', async () => {
    const document = await infer(PAST);
    for (const past of PAST) {
      const { verdict, faults } = await decideBy(document, past);
      expect({ verdict, faults }).toEqual({ verdict: 'allow', faults: [] });
    }
    expect((await decideBy(document, release(tagged('v3.0.0')))).faults).toEqual(['source-ref source.ref']);
    const fork = release(tagged('v1.0.0', { repository: 'octo-org/fork' }));
    expect((await decideBy(document, fork)).faults).toEqual(['source-uri source.mismatch']);
  });

  it('is refused by the gate as long as it is a draft', async () => {
    const { policy } = await infer(PAST);
    const ports = {
      readFile: async () => Buffer.from(policy ?? ''),
      checkoutOf: async () => null,
      inPipeline: false,
    };
    await expect(loadPolicy({ path: 'policy.yaml' }, ports)).rejects.toThrow(
      refusal('policy.draft', { exitCode: 64 }),
    );
  });

  it('takes a version tag for a rule only where every release has one', async () => {
    const at = (ref: string): SignStatementOptions => ({
      run: { signerWorkflow: `${GENERATOR.replace('https://github.com/', '')}@${ref}` },
    });
    const document = await infer([
      release(at('refs/tags/v2.0.0')),
      release(at('refs/tags/v2.1.0')),
      release(at('refs/heads/main')),
    ]);
    expect(policyOf(document).packages[0].builders).toEqual([
      { id: GENERATOR, ref: 'version-tag' },
      { id: GENERATOR, ref: 'refs/heads/main' },
    ]);
    expect(document.differences).toContainEqual(expect.stringContaining('builders differ'));
    expect(policyOf(document).environments.production.level).toBe(1);
    expect(document.policy).toContain('# level 3 is reached by 1, 2\n');
  });

  it('has the ids of the latest release and tells the others', async () => {
    const document = await infer([
      release({ run: { repositoryId: '1', repository: 'old-org/widget' } }),
      release(),
    ]);
    expect(policyOf(document).packages[0].source).toMatchObject({
      repository: 'https://github.com/octo-org/widget',
      repositoryId: '486325809',
    });
    expect(document.differences).toContain(
      'pkg:generic/widget: repositoryId is 486325809, but was 1 in release 1',
    );
    expect(document.policy).toContain('# repository was https://github.com/old-org/widget in release 1\n');
  });

  it('asks nothing of what a release does not tell, and says so', async () => {
    const silent = release({ certificate: { claims: { sourceRepositoryIdentifier: null } } });
    const document = await infer([release(), silent]);
    expect(policyOf(document).packages[0].source).not.toHaveProperty('repositoryId');
    expect(document.differences).toContain(
      'pkg:generic/widget: repositoryId is not told by release 2, so nothing is asked of it',
    );
    expect((await decideBy(document, silent)).verdict).toBe('allow');
  });

  it('has parameters only where every release has the same ones', async () => {
    const byHand = (inputs: Record<string, string>): Past =>
      release({
        run: { eventName: 'workflow_dispatch' },
        statement: (right) =>
          changed(right, 'predicate.invocation.environment.github_event_payload', { inputs }),
      });
    const same = [byHand({ channel: 'stable' }), byHand({ channel: 'lts' })];
    const document = await infer(same);
    expect(policyOf(document).packages[0].parameters).toEqual({ expected: { channel: ['stable', 'lts'] } });
    for (const past of same) expect((await decideBy(document, past)).verdict).toBe('allow');
    expect((await decideBy(document, byHand({ channel: 'nightly' }))).faults).toEqual([
      'build-parameters params.value',
    ]);
    const differing = await infer([byHand({ channel: 'stable' }), byHand({ channel: 'stable', notes: 'x' })]);
    expect(policyOf(differing).packages[0]).not.toHaveProperty('parameters');
    expect(differing.differences).toContain(
      'pkg:generic/widget: the parameters channel, notes are not told by every release',
    );
  });

  it('names the package as its provenance does, where nobody names it', async () => {
    const tarball = Buffer.from('a package\n');
    const run = ownWorkflowRun({ ref: 'refs/heads/main' });
    const subject = [npmSubject({ name: '@octo/widget', version: '1.0.0' }, tarball)];
    const past = {
      name: 'octo-widget-1.0.0.tgz',
      bytes: tarball,
      bundle: sigstore.signStatement({ run, subject, statement: npmProvenanceV1(run, subject) }),
    };
    const files = new Map([
      [past.name, tarball],
      ['bundle', Buffer.from(past.bundle.text())],
      ['catalogue.json', catalogueFor(sigstore)],
    ]);
    const document = await inferFromReleases(
      {
        releases: [{ artifact: past.name, bundles: ['bundle'] }],
        trustedRoots: ['public-good'],
        catalogue: 'catalogue.json',
      },
      portsOf(files),
    );
    expect(policyOf(document).packages[0].package).toBe('pkg:npm/%40octo/widget');
    expect(policyOf(document).packages[0].builders).toEqual([
      { id: 'https://github.com/octo-org/widget/.github/workflows/release.yml', ref: 'refs/heads/main' },
    ]);
  });

  it('asks no ref of a builder that has none', async () => {
    const document = JSON.stringify(
      cloudBuildDocument([
        cloudBuildProvenance({ statement: cloudBuildStatementV1(), signatures: [cloudBuild.globalV1] }),
      ]),
    );
    const inferred = await inferFromReleases(
      {
        releases: [
          { artifact: `sha256:${CLOUD_BUILD_IMAGE}`, bundles: ['gcb.json'], package: 'pkg:oci/app' },
        ],
        trustedRoots: ['public-good'],
      },
      portsOf(new Map([['gcb.json', Buffer.from(document)]])),
    );
    const { packages, environments } = policyOf(inferred);
    expect(packages[0].builders).toEqual([
      { id: 'https://cloudbuild.googleapis.com/GoogleHostedWorker', ref: 'any' },
    ]);
    expect(environments.production).toEqual({ level: 3, trustedRoots: ['public-good'] });
    expect(packages[0]).not.toHaveProperty('triggers');
  });

  it('pins a trusted root of the user by its digest', async () => {
    const document = await infer([release()], { root: 'roots/acme.json' });
    const { trust, environments } = policyOf(document);
    const sha256 = hash('sha256', Buffer.from(JSON.stringify(sigstore.trustedRoot()))).toString('hex');
    expect(trust).toEqual({ roots: { 'root-1': { file: 'roots/acme.json', sha256 } } });
    expect(environments.production.trustedRoots).toEqual(['root-1']);
  });

  it('names a signer that is not the platform of the builder', async () => {
    const issuer = 'https://token.actions.octo.ghe.com';
    const document = await infer([
      release({ certificate: { claims: { issuer, deprecatedIssuer: issuer } } }),
    ]);
    expect(policyOf(document).packages[0].builders).toEqual([
      { id: GENERATOR, ref: 'version-tag', signer: { identity: `${GENERATOR}@refs/tags/v2.0.0`, issuer } },
    ]);
  });
});

describe('releases that do not verify', () => {
  const stranger = createSigstore();
  const useless: readonly (readonly [what: string, past: () => Past, code: string])[] = [
    ['signed under another root', () => release({}, stranger), 'trust.wrong-instance'],
    ['about other bytes', () => release({ artifact: Buffer.from('other\n') }), 'subject.mismatch'],
    ['no JSON at all', () => ({ ...release(), bundle: 'nothing' }), 'json.malformed'],
    ['built from a pull request', () => release({ run: { ref: 'refs/pull/7/merge' } }), 'source.fork'],
    [
      'no provenance',
      () => release({ statement: (right) => ({ ...right, predicateType: 'https://example.com/x' }) }),
      'predicate.type',
    ],
    [
      'started by an event that runs code of strangers',
      () => release({ run: { eventName: 'pull_request_target' } }),
      'build.trigger',
    ],
  ];

  it.each(useless)('add nothing: %s', async (_, past, code) => {
    const alone = await infer([past()]);
    expect(alone).toMatchObject({
      policy: null,
      differences: [],
      releases: [{ outcome: 'unverified', code }],
    });
    const good = release();
    const together = await infer([past(), good]);
    expect(valuesOf(together)).toBe(valuesOf(await infer([good])));
    expect(together.releases.map(({ outcome }) => outcome)).toEqual(['unverified', 'used']);
    expect(together.policy).toContain(`: ${code}, `);
  });

  it('are told too where there was no attestation', async () => {
    const document = await infer([{ ...release(), bundle: '' }]);
    expect(document.policy).toBeNull();
    expect(document.releases).toMatchObject([{ outcome: 'unverified' }]);
  });

  it('are no reason to say anything without a release', async () => {
    await expect(infer([])).rejects.toThrow(refusal('usage.no-artifact', { exitCode: 64 }));
  });
});

describe('hostile names', () => {
  it.each(['a\nenvironments: {}', 'a\r\ndraft: false', 'a\u2028x', 'a # b: c', '\u001b[2J'])(
    'stay in their comment: %j',
    async (name) => {
      const document = await infer([{ ...release(), name }, release()]);
      expect(document.policy).not.toBeNull();
      const { environments, draft } = policyOf(document);
      expect(draft).toBe(true);
      expect(Object.keys(environments)).toEqual(['production']);
      expect(document.policy).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u2028\u2029]/);
    },
  );

  it('stay values: parameters that look like YAML', async () => {
    const inputs = { 'a: b': '- x # y', '{': '"', yes: 'no' };
    const document = await infer([
      release({
        run: { eventName: 'workflow_dispatch' },
        statement: (right) =>
          changed(right, 'predicate.invocation.environment.github_event_payload', { inputs }),
      }),
    ]);
    const expected = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, [value]]));
    expect(policyOf(document).packages[0].parameters).toEqual({ expected });
    expect(parsePolicy(Buffer.from(document.policy ?? ''), 'policy.yaml').draft).toBe(true);
  });
});

describe('a list of releases', () => {
  const read = (text: string) => parseReleaseList(Buffer.from(text), 'releases.jsonl');

  it('has one release a line', () => {
    expect(
      read(
        '{"artifact":"a.tgz","bundles":["a.json"]}\n\n{"artifact":"b.tgz","bundles":["b","c"],"package":"pkg:npm/b"}\n',
      ),
    ).toEqual([
      { artifact: 'a.tgz', bundles: ['a.json'] },
      { artifact: 'b.tgz', bundles: ['b', 'c'], package: 'pkg:npm/b' },
    ]);
  });

  it.each([
    ['no JSON', 'a.tgz a.json'],
    ['a list', '["a.tgz"]'],
    ['no artifact', '{"bundles":["a"]}'],
    ['an empty artifact', '{"artifact":"","bundles":["a"]}'],
    ['no bundles', '{"artifact":"a"}'],
    ['empty bundles', '{"artifact":"a","bundles":[]}'],
    ['bundles that are no texts', '{"artifact":"a","bundles":[1]}'],
    ['a package that is no text', '{"artifact":"a","bundles":["a"],"package":1}'],
    ['an unknown key', '{"artifact":"a","bundles":["a"],"bundle":"b"}'],
    ['a key twice', '{"artifact":"a","artifact":"b","bundles":["a"]}'],
  ])('is refused with %s, and the line is named', (_, line) => {
    expect(() => read(`{"artifact":"a.tgz","bundles":["a.json"]}\n${line}`)).toThrow(
      refusal('usage.flag', { message: expect.stringMatching(/^line 2 of releases\.jsonl: /) }),
    );
  });
});
