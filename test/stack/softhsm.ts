import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Pkcs11Package } from '../../src/adapters/signers/pkcs11/index.ts';
import { ROOT } from '../e2e/built.ts';

/** Where Debian's package and others keep the library. */
const MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
];
const PACKAGE = 'pkcs11js@2.1.7';
/** Not installed with slsa-gate, so it lies apart from what is. */
const CACHE = join(ROOT, 'node_modules', '.cache', 'pkcs11js');

/** Real software that stands in for a hardware token. */
export interface SoftHsm {
  readonly modulePath: string;
  readonly folder: string;
  readonly load: () => Promise<Pkcs11Package>;
  /** Puts a PKCS#8 key and its public half on the token `gate`; without that half where `isAlone`. */
  importKey(pem: string, label: string, id: string, isAlone?: boolean): void;
  close(): void;
}

export const TOKEN = 'gate';
export const PIN = '4321';

const attemptTo = <T>(what: string, work: () => T): T | undefined => {
  try {
    return work();
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    console.warn(`skipped: ${what} cannot be had, so signing on a token is not tested: ${why}`);
    return undefined;
  }
};

function findModule(): string {
  const installed = (): string | undefined => MODULES.find((path) => existsSync(path));
  const found = installed();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0) throw new Error('not installed, and only root can install it');
  const options = { stdio: 'ignore', timeout: 120_000 } as const;
  const apt = ['-o', 'Dpkg::Lock::Timeout=60', '-y', '-q'];
  execFileSync('apt-get', [...apt, 'update'], options);
  execFileSync('apt-get', [...apt, 'install', '--no-install-recommends', 'softhsm2'], options);
  return installed() ?? MODULES[0] ?? '';
}

/** npm runs its install script, which compiles it, only when told so. */
function installPackage(): string {
  const entry = join(CACHE, 'node_modules', 'pkcs11js', 'index.js');
  const compiled = join(CACHE, 'node_modules', 'pkcs11js', 'build', 'Release', 'pkcs11.node');
  if (!existsSync(compiled)) {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(join(CACHE, 'package.json'), '{ "private": true, "allowScripts": { "pkcs11js": true } }');
    execFileSync('npm', ['install', '--prefix', CACHE, '--no-audit', '--no-fund', PACKAGE], {
      cwd: CACHE,
      stdio: 'ignore',
      timeout: 240_000,
    });
  }
  if (!existsSync(compiled)) throw new Error('pkcs11js was not compiled');
  return entry;
}

/** A token with a PIN; undefined, and told aloud, where SoftHSM or pkcs11js cannot be had. */
export function startSoftHsm(): SoftHsm | undefined {
  const modulePath = attemptTo('SoftHSM', findModule);
  const entry = modulePath === undefined ? undefined : attemptTo('pkcs11js', installPackage);
  if (modulePath === undefined || entry === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'slsa-gate-softhsm-'));
  mkdirSync(join(folder, 'tokens'));
  const config = join(folder, 'softhsm2.conf');
  writeFileSync(
    config,
    `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  // The library reads it when it is loaded, in this process too.
  process.env.SOFTHSM2_CONF = config;
  const util = (...args: readonly string[]): void => {
    execFileSync('softhsm2-util', args, { stdio: 'pipe', env: { ...process.env, SOFTHSM2_CONF: config } });
  };
  util('--init-token', '--free', '--label', TOKEN, '--so-pin', '12345678', '--pin', PIN);
  return {
    modulePath,
    folder,
    load: () => import(pathToFileURL(entry).href),
    importKey(pem, label, id, isAlone = false) {
      const file = join(folder, 'import.pem');
      writeFileSync(file, pem, { mode: 0o600 });
      const flags = isAlone ? ['--no-public-key'] : [];
      util(
        '--import',
        file,
        '--token',
        TOKEN,
        '--label',
        label,
        '--id',
        id,
        '--pin',
        PIN,
        '--force',
        ...flags,
      );
      rmSync(file);
    },
    close() {
      delete process.env.SOFTHSM2_CONF;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
