import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type CloudBuildKeys, parseCloudBuildKeys } from '../src/core/gcb/index.ts';
import { parseNpmKeys } from '../src/core/verify/npm-keys.ts';
import { type HashAlgorithm, parsePublicKeyPem } from '../src/core/verify/public-key.ts';
import { parseTrustedRoot, type TrustedRoot } from '../src/core/verify/trusted-root.ts';
import type { TrustedKey } from '../src/core/verify/verify-bundle.ts';
import type { Case, CaseOptions } from './case.ts';

const ROOTS: Readonly<Record<string, string>> = {
  'public-good': 'trust/public-good.trusted_root.json',
  'public-good+npm': 'trust/public-good.trusted_root.json',
  staging: 'trust/staging.trusted_root.json',
  github: 'trust/github.trusted_root.json',
};
const WITHOUT_ROOT = new Set(['gcb', 'none', 'tuf']);
const KEY = 'key:';

export interface CaseTrust {
  readonly roots: readonly TrustedRoot[];
  readonly keys: readonly TrustedKey[];
  readonly npmKeys: readonly TrustedKey[];
  readonly cloudBuildKeys: CloudBuildKeys;
}

/** Reads trust material of a corpus folder; each file is parsed once. */
export class TrustReader {
  readonly #directory: string;
  readonly #roots = new Map<string, TrustedRoot>();
  #npm: readonly TrustedKey[] | undefined;
  #cloudBuild: CloudBuildKeys | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws SlsaGateError `trust.*`, `key.malformed` */
  read({ trustedRoot: name = 'none', options }: Case): CaseTrust {
    const keyPath = options.publicKey ?? (name.startsWith(KEY) ? name.slice(KEY.length) : undefined);
    return {
      roots: name.startsWith(KEY) || WITHOUT_ROOT.has(name) ? [] : [this.#root(ROOTS[name] ?? name)],
      keys: keyPath === undefined ? [] : [this.#key(keyPath, options)],
      npmKeys: name.endsWith('+npm') ? this.#npmKeys() : [],
      cloudBuildKeys: this.cloudBuildKeys(),
    };
  }

  cloudBuildKeys(): CloudBuildKeys {
    if (this.#cloudBuild === undefined) {
      const folder = join(this.#directory, 'trust/gcb-keys');
      const files = readdirSync(folder).map((file): [string, Uint8Array] => [
        basename(file).replace(/\.(?:key|pem)$/, ''),
        readFileSync(join(folder, file)),
      ]);
      this.#cloudBuild = parseCloudBuildKeys(new Map(files));
    }
    return this.#cloudBuild;
  }

  #root(path: string): TrustedRoot {
    let root = this.#roots.get(path);
    if (root === undefined) {
      root = parseTrustedRoot(readFileSync(join(this.#directory, path)), path);
      this.#roots.set(path, root);
    }
    return root;
  }

  #key(path: string, { publicKeyId, publicKeyHashAlgo, publicKeyValidFor: window }: CaseOptions): TrustedKey {
    const pem = readFileSync(join(this.#directory, path), 'latin1');
    return {
      id: publicKeyId === undefined || publicKeyId === '' ? undefined : publicKeyId,
      key: parsePublicKeyPem(pem, 'key.malformed'),
      window:
        window === undefined
          ? undefined
          : {
              start: window.start === undefined ? Number.NEGATIVE_INFINITY : Date.parse(window.start),
              end: window.end === undefined ? Number.POSITIVE_INFINITY : Date.parse(window.end),
            },
      ...(publicKeyHashAlgo === undefined ? {} : { hash: publicKeyHashAlgo as HashAlgorithm }),
    };
  }

  #npmKeys(): readonly TrustedKey[] {
    this.#npm ??= parseNpmKeys(readFileSync(join(this.#directory, 'trust/npm/keys.json')));
    return this.#npm;
  }
}
