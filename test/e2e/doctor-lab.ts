import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PURPOSE } from '../kit/extensions.ts';
import { createGateFolder, type GateFolder, policyText } from '../kit/gate-folder.ts';
import { createLayout, OCI } from '../kit/oci-layout.ts';
import { type ConnectProxy, startConnectProxy } from '../kit/servers/connect-proxy.ts';
import { rateLimit, type ScriptedServer, startScripted } from '../kit/servers/doctor.ts';
import { createPrivateAuthority, type PrivateAuthority } from '../kit/servers/private-authority.ts';
import { type RegistryServer, startRegistry } from '../kit/servers/registry.ts';
import { createSigstore } from '../kit/sigstore.ts';
import { subjectOf } from '../kit/statement.ts';

/** Everything that could leak. */
export const SECRETS = {
  github: 'ghp_doctor-never-to-be-shown-1',
  registry: 'doctor-never-to-be-shown-2',
  npm: 'npm_doctor-never-to-be-shown-3',
  proxy: 'doctor-never-to-be-shown-4',
  helper: 'doctor-never-to-be-shown-5',
};
export const REPOSITORY = 'team/widget';
const HELPED = 'registry.example:5000';

/** A machine on which everything is as it should be, with servers of its own. */
export interface DoctorLab {
  readonly folder: GateFolder;
  readonly registry: RegistryServer;
  readonly github: ScriptedServer;
  readonly npm: ScriptedServer;
  readonly pypi: ScriptedServer;
  readonly rekor: ScriptedServer;
  readonly proxy: ConnectProxy;
  readonly authority: PrivateAuthority;
  readonly image: string;
  /** Path at which GitHub keeps the image's attestations. */
  readonly attestations: string;
  /** Flags with their values, each list as often as it is given. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
  readonly env: Readonly<Record<string, string>>;
  file(name: string): string;
  write(name: string, text: string): string;
  /** A program of a shell. */
  script(name: string, lines: readonly string[]): string;
  /** Takes back what a test changed on the servers. */
  mend(): void;
  close(): Promise<void>;
}

const script = (path: string, lines: readonly string[]): string => {
  writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\n`);
  chmodSync(path, 0o755);
  return path;
};

export async function createDoctorLab(): Promise<DoctorLab> {
  const folder = await createGateFolder();
  const { file, write } = folder;
  const sigstore = createSigstore();
  write('root.json', JSON.stringify(sigstore.trustedRoot()));

  const auth = Buffer.from(`robot:${SECRETS.registry}`).toString('base64');
  const registry = await startRegistry({
    guard: ({ headers }) => (headers.authorization === `Basic ${auth}` ? undefined : 'Basic realm="widget"'),
  });
  const layout = createLayout();
  const image = layout.image();
  layout.list(image, { 'org.opencontainers.image.ref.name': '1.2.3' });
  const store = registry.repository(REPOSITORY);
  store.load(layout.write(file('layout')));
  const manifest = store.manifests.get(image.digest)?.bytes ?? Buffer.alloc(0);
  const signed = sigstore.signStatement({ subject: [subjectOf('widget', manifest)] });
  layout.list(layout.attesting([layout.blob(signed.text(), OCI.bundle)], image));
  store.load(layout.write(file('layout')));

  const authority = createPrivateAuthority();
  write('ca.pem', authority.pem);
  const own = authority.issue({ names: ['client'], purpose: PURPOSE.clientAuth });
  write('client.pem', own.cert);
  write('client.key', own.key);
  const github = await startScripted({
    '/rate_limit': rateLimit(4990, { 'x-oauth-scopes': 'repo, read:org' }),
    '/repos/octo-org/widget': {
      body: { id: 7, full_name: 'octo-org/widget', private: false, owner: { type: 'Organization' } },
    },
  });
  const npm = await startScripted({ '/-/whoami': { body: { username: 'octo' } }, '/-/ping': {} });
  const pypi = await startScripted({ '/simple/': {} }, { tls: authority.issue(), name: 'localhost' });
  const rekor = await startScripted({ '/api/v1/log': { body: { treeSize: 12, signedTreeHead: '' } } });
  const proxy = await startConnectProxy({ credentials: `octo:${SECRETS.proxy}` });

  mkdirSync(file('bin'));
  script(join(file('bin'), 'docker-credential-vault'), [
    `echo '{"ServerURL":"${HELPED}","Username":"octo","Secret":"${SECRETS.helper}"}'`,
  ]);
  write(
    'docker.json',
    JSON.stringify({ auths: { [registry.host]: { auth } }, credHelpers: { [HELPED]: 'vault' } }),
  );
  write('npmrc', `registry=${npm.origin}/\n//${npm.host}/:_authToken=${SECRETS.npm}\n`);
  write(
    'policy.yaml',
    policyText([
      [
        '    trustedRoots: [public-good]\n',
        `    trustedRoots: [public-good]\n    sources: { required: [oci, github] }\n`,
      ],
    ]),
  );
  mkdirSync(file('archive'));
  const evidence = readFileSync(file('evidence.yaml'), 'utf8');
  write(
    'evidence.yaml',
    `${evidence.trimEnd()}\nsinks:\n  - { name: archive, folder: archive, required: true }\n`,
  );
  for (const end of ['', '-wal', '-shm'])
    if (existsSync(file(`evidence.db${end}`))) copyFileSync(file(`evidence.db${end}`), file(`old.db${end}`));
  write('plain.yaml', policyText());
  const gated = await folder.gate([], { policy: file('plain.yaml') });
  if (gated.exit !== 0) throw new Error(`gate: ${gated.stdout}${gated.stderr}`);

  const hosts = [registry, github, npm, pypi, rekor].map(({ host }) => host);
  return {
    folder,
    registry,
    github,
    npm,
    pypi,
    rekor,
    proxy,
    authority,
    image: `${registry.host}/${REPOSITORY}:1.2.3`,
    attestations: `/repos/octo-org/widget/attestations/${image.digest}`,
    flags: {
      policy: [file('policy.yaml')],
      to: ['production'],
      evidence: [file('evidence.yaml')],
      'trusted-root': [file('root.json')],
      source: ['github:octo-org/widget', `rekor:${rekor.origin}`],
      'github-url': [github.origin],
      'pypi-url': [pypi.origin],
      'allow-host': hosts,
      'ca-file': [file('ca.pem')],
      'client-certificate': [`client.example=${file('client.pem')},${file('client.key')}`],
      proxy: [proxy.url.replace('//', `//octo:${SECRETS.proxy}@`)],
      'registry-config': [file('docker.json')],
      npmrc: [file('npmrc')],
      'cache-dir': [file('cache')],
      timeout: ['20s'],
    },
    env: {
      GH_ENTERPRISE_TOKEN: SECRETS.github,
      PATH: `${file('bin')}:${process.env.PATH ?? ''}`,
      HOME: file('home'),
    },
    file,
    write,
    script: (name, lines) => script(file(name), lines),
    mend: () => {
      registry.intercept = undefined;
      for (const server of [github, npm, pypi, rekor]) server.mend();
    },
    close: async () => {
      await Promise.all([registry, github, npm, pypi, rekor, proxy].map((server) => server.close()));
      folder.remove();
    },
  };
}
