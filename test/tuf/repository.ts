import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canonicalize } from '@tufjs/canonical-json';

/** A signing key of the test, under the id that metadata knows it by. */
export interface TestKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly json: {
    readonly keytype: string;
    readonly scheme: string;
    readonly keyval: { readonly public: string };
  };
}

export type Signed = Record<string, unknown>;
/** A change of metadata before it is signed: anything that a thief of the keys, or a bad client, could write. */
export type Edit = (signed: Signed) => void;

const hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

export function createKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const json = {
    keytype: 'ecdsa',
    scheme: 'ecdsa-sha2-nistp256',
    keyval: { public: publicKey.export({ type: 'spki', format: 'pem' }).toString() },
  };
  return { id: hex(canonicalize(json)), privateKey, json };
}

/** The same key under another id, spelled as a hex point instead of PEM. */
export function aliasOf(key: TestKey): TestKey {
  const point = Buffer.from(key.json.keyval.public.split('\n').slice(1, -2).join(''), 'base64').subarray(-65);
  return {
    ...key,
    id: hex(`alias of ${key.id}`),
    json: { ...key.json, keyval: { public: point.toString('hex') } },
  };
}

export interface RoleKeys {
  keys: TestKey[];
  threshold: unknown;
}

export const keysOf = (...roles: readonly RoleKeys[]): Record<string, unknown> =>
  Object.fromEntries(roles.flatMap(({ keys }) => keys.map(({ id, json }) => [id, json])));

export const roleOf = ({ keys, threshold }: RoleKeys): Signed => ({
  keyids: keys.map(({ id }) => id),
  threshold,
});

export function signMetadata(signed: Signed, keys: readonly TestKey[]): Buffer {
  const bytes = Buffer.from(canonicalize(signed));
  const signatures = keys.map(({ id, privateKey }) => ({
    keyid: id,
    sig: sign('sha256', bytes, privateKey).toString('hex'),
  }));
  return Buffer.from(JSON.stringify({ signatures, signed }, null, 1));
}

export type TopLevel = 'root' | 'timestamp' | 'snapshot' | 'targets';

/** A TUF repository whose keys the test holds. Each publish raises the version, except where an edit says otherwise. */
export class TestRepository {
  /** Published files by path, `targets/...` among them. */
  readonly files = new Map<string, Buffer>();
  readonly roles: Record<TopLevel, RoleKeys>;
  readonly versions: Record<string, number> = { root: 0, timestamp: 0, snapshot: 0, targets: 0 };
  readonly targets = new Map<string, Buffer>();
  readonly delegated = new Map<string, Buffer>();
  delegations: Signed | undefined;
  expires: Record<string, string> = {};

  constructor(trustedRoot: string) {
    const online = { keys: [createKey()], threshold: 1 };
    const offline = { keys: [createKey(), createKey(), createKey()], threshold: 2 };
    this.roles = { root: offline, targets: { ...offline }, snapshot: online, timestamp: { ...online } };
    this.targets.set('trusted_root.json', Buffer.from(trustedRoot));
    this.publishRoot();
    this.publish();
  }

  /** The newest root. */
  get root(): Buffer {
    return this.files.get(`${this.versions.root}.root.json`) ?? Buffer.alloc(0);
  }

  /** Publishes targets, snapshot and timestamp. */
  publish(edits: Partial<Record<'targets' | 'snapshot' | 'timestamp', Edit>> = {}): void {
    this.publishTargets(edits.targets);
    this.publishSnapshot(edits.snapshot);
    this.publishTimestamp(edits.timestamp);
  }

  /** @param signers other keys than those of the old and the new root role */
  publishRoot(edit?: Edit, signers?: readonly TestKey[]): void {
    const before = this.#rootKeys;
    this.#rootKeys = this.roles.root.keys;
    const signed = this.#begin('root', {
      consistent_snapshot: true,
      keys: keysOf(...Object.values(this.roles)),
      roles: Object.fromEntries(Object.entries(this.roles).map(([name, role]) => [name, roleOf(role)])),
    });
    edit?.(signed);
    const both = [...new Set([...before, ...this.#rootKeys])];
    this.files.set(`${this.versions.root}.root.json`, signMetadata(signed, signers ?? both));
  }

  publishTargets(edit?: Edit, signers?: readonly TestKey[]): void {
    const targets: Record<string, unknown> = {};
    for (const [path, bytes] of this.targets) {
      targets[path] = { length: bytes.length, hashes: { sha256: hex(bytes) } };
      this.files.set(`targets/${join(dirname(path), `${hex(bytes)}.${path.split('/').at(-1)}`)}`, bytes);
    }
    const signed = this.#begin('targets', {
      targets,
      ...(this.delegations && { delegations: this.delegations }),
    });
    edit?.(signed);
    this.#put('targets', signMetadata(signed, signers ?? this.roles.targets.keys));
  }

  /** Publishes a delegated role; it is listed in the next snapshot. */
  publishDelegated(
    name: string,
    keys: readonly TestKey[],
    targets: ReadonlyMap<string, Buffer>,
    delegations?: Signed,
  ): void {
    const listed: Record<string, unknown> = {};
    for (const [path, bytes] of targets) {
      listed[path] = { length: bytes.length, hashes: { sha256: hex(bytes) } };
      this.files.set(`targets/${join(dirname(path), `${hex(bytes)}.${path.split('/').at(-1)}`)}`, bytes);
    }
    const signed = this.#begin(name, {
      _type: 'targets',
      targets: listed,
      ...(delegations && { delegations }),
    });
    const bytes = signMetadata(signed, keys);
    this.delegated.set(name, bytes);
    this.#put(name, bytes);
  }

  publishSnapshot(edit?: Edit, signers?: readonly TestKey[]): void {
    const meta = Object.fromEntries(
      ['targets', ...this.delegated.keys()].map((role) => [`${role}.json`, this.#meta(role)]),
    );
    const signed = this.#begin('snapshot', { meta });
    edit?.(signed);
    this.#put('snapshot', signMetadata(signed, signers ?? this.roles.snapshot.keys));
  }

  publishTimestamp(edit?: Edit, signers?: readonly TestKey[]): void {
    const signed = this.#begin('timestamp', { meta: { 'snapshot.json': this.#meta('snapshot') } });
    edit?.(signed);
    this.files.set('timestamp.json', signMetadata(signed, signers ?? this.roles.timestamp.keys));
  }

  /** Lays the repository out as a folder with `metadata/` and `targets/`. */
  writeTo(directory: string): void {
    for (const [path, bytes] of this.files) {
      const file = join(directory, path.startsWith('targets/') ? path : `metadata/${path}`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
  }

  #rootKeys: readonly TestKey[] = [];

  #begin(role: string, rest: Signed): Signed {
    this.versions[role] = (this.versions[role] ?? 0) + 1;
    const expires = this.expires[role] ?? '2026-06-08T00:00:00Z';
    return { _type: role, spec_version: '1.0.31', version: this.versions[role], expires, ...rest };
  }

  #put(role: string, bytes: Buffer): void {
    this.files.set(`${this.versions[role]}.${role}.json`, bytes);
  }

  #meta(role: string): Signed {
    const version = this.versions[role] ?? 0;
    const bytes = this.files.get(`${version}.${role}.json`) ?? Buffer.alloc(0);
    return { version, length: bytes.length, hashes: { sha256: hex(bytes) } };
  }
}
