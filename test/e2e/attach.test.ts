import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVIDENCE_SCHEMAS } from '../../src/cli/render/evidence-schema.ts';
import { ErrorDocumentSchema, ResultSchema } from '../../src/cli/render/schema.ts';
import { sigstore } from '../kit/gate.ts';
import { createImageFolder, type ImageFolder } from '../kit/image-folder.ts';
import { createLayout, type DescriptorJson, OCI } from '../kit/oci-layout.ts';
import { type RegistryServer, startRegistry } from '../kit/servers/registry.ts';
import { when } from '../kit/servers/registry-push.ts';
import { subjectOf } from '../kit/statement.ts';
import { ensureBuilt, type Ran, run } from './built.ts';

/** The built command writing to a registry: documents that hang on images, and tags that are moved. */

const REPOSITORY = 'team/widget';
const SECRET = 'push-never-to-be-shown';

let folder: ImageFolder;
let registry: RegistryServer;
let image: DescriptorJson;
let other: DescriptorJson;
let count = 0;

beforeAll(async () => {
  await ensureBuilt();
  folder = await createImageFolder();
  registry = await startRegistry();
});
afterAll(async () => {
  await registry.close();
  folder.remove();
});
/** Each test has an image of its own. */
beforeEach(() => {
  registry.intercept = undefined;
  registry.guard = undefined;
  const layout = createLayout();
  image = layout.list(layout.image(`image ${++count}`), { 'org.opencontainers.image.ref.name': '1.2.3' });
  other = layout.list(layout.image(`other ${count}`));
  const store = registry.repository(REPOSITORY);
  store.tags.clear();
  store.load(layout.write(folder.file(`layout-${count}`)));
  const manifest = store.manifests.get(image.digest)?.bytes ?? Buffer.alloc(0);
  const signed = sigstore.signStatement({ subject: [subjectOf('widget', manifest)] });
  layout.list(layout.attesting([layout.blob(signed.text(), OCI.bundle)], image));
  store.load(layout.write(folder.file(`attested-${count}`)));
  registry.requests.length = 0;
});

const pinned = ({ digest } = image): string => `${registry.host}/${REPOSITORY}@${digest}`;
const tagged = (): string => `${registry.host}/${REPOSITORY}:1.2.3`;
const listed = (): readonly string[] => ['--allow-host', registry.host];
const gate = (argv: readonly string[] = [], name = pinned()): Promise<Ran> =>
  folder.gateImage(name, [...listed(), ...argv]);
const attach = (argv: readonly string[] = [], name = pinned()): Promise<Ran> =>
  folder.attach(name, [...listed(), ...argv]);
const codeOf = ({ stdout }: Ran): string => ErrorDocumentSchema.parse(JSON.parse(stdout)).error.finding;
const resultOf = ({ stdout }: Ran) => ResultSchema.parse(JSON.parse(stdout)).results[0];

describe('evidence attach IMAGE', () => {
  it('says what hangs on the image now, and where it is listed', async () => {
    const allowed = resultOf(await gate(['--json']));
    const ran = await attach();
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    expect(ran.stdout.replace(/sha256:[0-9a-f]{64}/g, 'sha256:…').split('\n')).toEqual([
      `attached to ${registry.host}/${REPOSITORY}@sha256:…`,
      `record: ${allowed?.recordId}, allow for production`,
      '  summary   bundle    sha256:…',
      '  summary   envelope  sha256:…',
      '  decision  bundle    sha256:…',
      '  decision  envelope  sha256:…',
      'listed by the registry as its referrers',
      '',
    ]);
  });

  it('says so in JSON as its schema has it, also where there is no referrers API', async () => {
    await gate();
    registry.referrers = false;
    const ran = await attach(['--summary-only', '--json']);
    registry.referrers = true;
    expect(ran).toMatchObject({ exit: 0, stderr: '' });
    const document = JSON.parse(ran.stdout);
    expect(EVIDENCE_SCHEMAS['attach-image']?.parse(document)).toEqual(document);
    expect(document).toMatchObject({
      schemaVersion: 1,
      image: pinned(),
      verdict: 'allow',
      place: { kind: 'tag', tag: image.digest.replace(':', '-') },
      referrers: [{ document: 'summary' }, { document: 'summary' }],
    });
  });

  it('takes a purl, and the record that is named', async () => {
    const denied = resultOf(await gate(['--json'], pinned(other)));
    expect(denied?.verdict).toBe('deny');
    const url = encodeURIComponent(`${registry.host}/${REPOSITORY}`);
    const purl = `pkg:oci/widget@${other.digest}?repository_url=${url}`;
    const ran = await attach(['--record', String(denied?.recordId), '--json'], purl);
    expect(ran.exit).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ recordId: denied?.recordId, verdict: 'deny' });
  });

  it('shows no credentials, and sends them to their registry alone', async () => {
    await gate();
    const auth = Buffer.from(`robot:${SECRET}`).toString('base64');
    const config = folder.write('docker.json', JSON.stringify({ auths: { [registry.host]: { auth } } }));
    registry.guard = (request) =>
      request.headers.authorization === `Basic ${auth}` ? undefined : 'Basic realm="widget"';
    const good = await attach(['--registry-config', config, '--debug']);
    expect(good.exit).toBe(0);
    when(registry, { method: 'PUT', path: '/manifests/' }, (response) => {
      response.writeHead(403).end();
      return true;
    });
    const bad = await attach(['--registry-config', config, '--debug']);
    expect(bad.exit).toBe(2);
    expect(bad.stderr).toContain('source.unauthorized');
    expect(bad.stderr).toContain('may push');
    for (const { stdout, stderr } of [good, bad]) {
      for (const secret of [SECRET, auth]) expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('is exit 2 where the registry does not take it, and claims nothing', async () => {
    await gate();
    when(registry, { method: 'PUT', path: '/manifests/' }, (response) => {
      response.writeHead(500).end();
      return true;
    });
    const ran = await attach(['--json']);
    expect([ran.exit, codeOf(ran)]).toEqual([2, 'registry.write-failed']);
  });

  it.each([
    ['without an allow on record', [], 64, 'evidence.not-found'],
    ['with an unknown record', ['--record', 'rec_01J8ZQ4Y7M3K5N6P8R9S0T1V2W'], 64, 'evidence.not-found'],
    ['into a folder', ['--to', 'x'], 64, 'usage.flag'],
    ['with a record and an environment', ['--record', 'rec_1', '--environment', 'x'], 64, 'usage.flag'],
  ] as const)('is refused %s', async (_, argv, exit, code) => {
    const ran = await attach([...argv, '--json']);
    expect([ran.exit, codeOf(ran)]).toEqual([exit, code]);
    expect(registry.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it.each([
    ['a tag', (): string => tagged(), 'usage.artifact'],
    ['a purl of something else', (): string => 'pkg:npm/widget@1.0.0', 'usage.artifact'],
    ['a purl without its registry', (): string => `pkg:oci/widget@${image.digest}`, 'usage.artifact'],
    ['no reference at all', (): string => `${registry.host}/Team/Widget@${image.digest}`, 'usage.artifact'],
    ['a plain digest, which is no image in a registry', (): string => image.digest, 'usage.flag'],
  ] as const)('is refused for %s', async (_, name, code) => {
    const ran = await attach(['--json'], name());
    expect([ran.exit, codeOf(ran)]).toEqual([64, code]);
    expect(registry.requests).toEqual([]);
  });

  it('leaves flags of images to images, and says what takes the place of --to oci', async () => {
    for (const flag of ['--summary-only', '--environment=production', '--record=rec_1']) {
      const ran = await folder.attach('rec_1', [flag, '--to', 'x', '--json']);
      expect([ran.exit, codeOf(ran)]).toEqual([64, 'usage.flag']);
    }
    const oci = await folder.attach('rec_1', ['--to', 'oci:registry.example/app']);
    expect(oci.stderr).toContain('evidence attach registry/repository@sha256:...');
  });
});

describe('gate --promote', () => {
  const named = (): string | undefined => registry.repository(REPOSITORY).tags.get('production');
  const promote = (argv: readonly string[] = []): Promise<Ran> =>
    gate(['--promote', 'production', '--json', ...argv], tagged());
  const finding = (ran: Ran) => resultOf(ran)?.findings.find(({ rule }) => rule === 'promotion');

  it('lets the tag name the image after an allow', async () => {
    const ran = await promote();
    expect([ran.exit, finding(ran)?.outcome, named()]).toEqual([0, 'pass', image.digest]);
    const text = await gate(['--promote', 'production', '--request-id', 'text'], tagged());
    expect(text).toMatchObject({ exit: 0, stderr: '' });
    expect(text.stdout).toContain(
      `  promoted: ${registry.host}/${REPOSITORY}:production names ${image.digest}\n`,
    );
  });

  it('is exit 1 where the tag was moved, with the record of the allow', async () => {
    when(registry, { method: 'PUT', path: '/manifests/production' }, () => {
      registry.repository(REPOSITORY).tags.set('1.2.3', other.digest);
      return false;
    });
    when(registry, { method: 'GET', path: '/manifests/production', nth: 3 }, () => {
      registry.repository(REPOSITORY).tags.set('production', other.digest);
      return false;
    });
    const ran = await promote();
    expect([ran.exit, finding(ran)?.code]).toEqual([1, 'registry.tag-moved']);
    expect(resultOf(ran)?.recordId).toMatch(/^rec_/);
  });

  it('is exit 2 where the registry does not take it, and is repeated with --wait', async () => {
    let broken = true;
    when(registry, { method: 'PUT', path: '/manifests/production' }, (response) => {
      if (!broken) return false;
      response.writeHead(500).end();
      return true;
    });
    const ran = await promote();
    expect([ran.exit, finding(ran)?.code, named()]).toEqual([2, 'registry.write-failed', undefined]);
    setTimeout(() => {
      broken = false;
    }, 500);
    const waited = await promote(['--wait', '20s']);
    expect([waited.exit, named()]).toEqual([0, image.digest]);
  }, 40_000);

  it('is nothing in a dry run, and after a denial', async () => {
    const policy = ['--policy', 'policy.json', '--catalogue', 'catalogue.json', '--to', 'production'];
    const argv = [
      ...policy,
      ...listed(),
      '--promote',
      'production',
      '--dry-run',
      '--without-cache',
      '--json',
    ];
    const dry = await run(['gate', tagged(), ...argv], { cwd: folder.path });
    expect([dry.exit, finding(dry), named()]).toEqual([2, undefined, undefined]);
    const denied = await gate(['--promote', 'production', '--json'], pinned(other));
    expect([denied.exit, finding(denied), named()]).toEqual([1, undefined, undefined]);
  });

  it.each([
    ['a whole reference', ['--promote', 'registry.example/app:production']],
    ['a digest', ['--promote', `sha256:${'a'.repeat(64)}`]],
    ['a list of referrers', ['--promote', `sha256-${'a'.repeat(64)}`]],
    ['a tag of cosign', ['--promote', `sha256-${'a'.repeat(64)}.att`]],
    ['an empty tag', ['--promote', '']],
    ['a tag with a slash', ['--promote', 'a/b']],
    ['no network', ['--promote', 'production', '--offline']],
    ['two images', ['--promote', 'production', 'registry.example/app:2']],
  ])('is refused for %s', async (_, argv) => {
    const ran = await gate([...argv, '--json'], tagged());
    expect([ran.exit, codeOf(ran)]).toEqual([64, 'usage.flag']);
    expect(registry.requests).toEqual([]);
  });
});
