import { describe, expect, it } from 'vitest';
import { createScene, refusal } from './harness.ts';
import { createKey, type Edit, keysOf, roleOf } from './repository.ts';

const BAD_THRESHOLDS = [0, -1, 1.5, '2', null, undefined];

describe('TUF-03 thresholds', () => {
  it.each(BAD_THRESHOLDS)('TUF-03 refuses a root that gives a role the threshold %j', async (threshold) => {
    const scene = await createScene();
    // An edit that only the JSON text can hold: canonical JSON has no fractions.
    scene.repository.publishRoot();
    const text = scene.repository.root
      .toString()
      .replace(/"threshold": 2/, `"threshold": ${JSON.stringify(threshold)}`);
    scene.repository.files.set(
      '2.root.json',
      Buffer.from(text.replace('"threshold": undefined', '"other": 1')),
    );
    await expect(scene.update()).rejects.toEqual(refusal('trust.threshold-invalid'));
    expect(scene.cache()).toEqual({});
  });

  it.each([0, -1, '2'])('TUF-03 refuses a signed delegation with the threshold %j', async (threshold) => {
    const scene = await createScene();
    const role = { keys: [createKey()], threshold };
    scene.repository.delegations = {
      keys: keysOf(role),
      roles: [{ ...roleOf(role), name: 'delegated', terminating: false, paths: ['*.json'] }],
    };
    scene.repository.publish();
    await expect(scene.update()).rejects.toEqual(refusal('trust.threshold-invalid'));
  });
});

const NAMES = ['../../x', '..%2f..%2fx', '/etc/x', '..', 'a/b', 'a\\b', 'x\u0000', '', '.hidden', 'C:x'];

describe('TUF-05 names', () => {
  it.each(NAMES)(
    'TUF-05 refuses a delegated role named %j and writes nothing outside the cache',
    async (name) => {
      const scene = await createScene();
      const role = { keys: [createKey()], threshold: 1 };
      scene.repository.delegations = {
        keys: keysOf(role),
        roles: [{ ...roleOf(role), name, terminating: false, paths: ['*'] }],
      };
      scene.repository.publish();
      await expect(scene.update()).rejects.toEqual(refusal('trust.bad-name'));
      expect(scene.cache()).toEqual({});
    },
  );

  it.each([{ toString: 1 }, 7, null, ['*'], '../*'])(
    'TUF-05 refuses %j as a path pattern',
    async (pattern) => {
      const scene = await createScene();
      const role = { keys: [createKey()], threshold: 1 };
      scene.repository.delegations = {
        keys: keysOf(role),
        roles: [{ ...roleOf(role), name: 'delegated', terminating: false, paths: [pattern] as string[] }],
      };
      scene.repository.publish();
      await expect(scene.update()).rejects.toEqual(refusal('trust.bad-name'));
    },
  );

  it.each(['toString', 'hasOwnProperty', 'md5'])(
    'TUF-05 counts no hash of the algorithm %s',
    async (algorithm) => {
      const scene = await createScene();
      const edit: Edit = (signed) => {
        signed.meta = { 'snapshot.json': { version: 1, hashes: { [algorithm]: 'a'.repeat(64) } } };
      };
      scene.repository.publish({ timestamp: edit });
      await expect(scene.update()).rejects.toEqual(refusal('trust.oversize'));
    },
  );

  it.each(['..%2fx', '../x', 'a/../../x', '/etc/passwd', 'a//b', 'a\\..\\x', 'a\nb', '.'])(
    'TUF-05 refuses a target named %j',
    async (name) => {
      const scene = await createScene();
      const target = { length: 1, hashes: { sha256: 'a'.repeat(64) } };
      const edit: Edit = (signed) => {
        (signed.targets as Record<string, unknown>)[name] = target;
      };
      scene.repository.publish({ targets: edit });
      await expect(scene.update()).rejects.toEqual(refusal('trust.bad-name'));
    },
  );

  it.each(['../x.json', 'x', 'a/b.json'])(
    'TUF-05 refuses a snapshot that names the file %j',
    async (name) => {
      const scene = await createScene();
      const edit: Edit = (signed) => {
        (signed.meta as Record<string, unknown>)[name] = { version: 1 };
      };
      scene.repository.publish({ snapshot: edit });
      await expect(scene.update()).rejects.toEqual(refusal('trust.bad-name'));
    },
  );

  it.each(['root', 'timestamp', 'snapshot', 'targets'])('TUF-05 refuses a delegation to %s', async (name) => {
    const scene = await createScene();
    const role = { keys: [createKey()], threshold: 1 };
    scene.repository.delegations = {
      keys: keysOf(role),
      roles: [{ ...roleOf(role), name, terminating: false, paths: ['*'] }],
    };
    scene.repository.publish();
    await expect(scene.update()).rejects.toEqual(refusal('trust.bad-name'));
  });
});

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const UNREADABLE: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['null', 'null'],
  ['a list', '[]'],
  ['signed: null', '{"signed":null,"signatures":[]}'],
  ['signatures: null', '{"signed":{"_type":"timestamp"},"signatures":null}'],
  ['deep nesting', `{"signed":${nested(100_000)},"signatures":[]}`],
  ['half of a document', '{"signed":{"_type":"timestamp","ver'],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
  ['a key twice', '{"signed":{},"signed":{},"signatures":[]}'],
  ['__proto__', '{"signed":{"__proto__":{"a":1}},"signatures":[]}'],
  ['a page in HTML', '<!doctype html><title>Sign in</title>'],
];

describe('TUF-08 size and form', () => {
  it.each(UNREADABLE)('TUF-08 refuses a timestamp that is %s', async (_, body) => {
    const scene = await createScene((path, response) => {
      if (path !== 'timestamp.json') return false;
      response.end(body);
      return true;
    });
    await expect(scene.update()).rejects.toEqual(refusal('trust.oversize'));
    expect(scene.cache()).toEqual({});
  });

  it.each(['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json'])(
    'TUF-08 refuses endless data in the place of %s',
    async (file) => {
      let sent = 0;
      const scene = await createScene((path, response) => {
        if (path !== file) return false;
        const chunk = Buffer.alloc(1 << 16, 0x20);
        const more = (): void => {
          if (response.destroyed || sent >= 2 ** 30) return void response.end();
          sent += chunk.length;
          response.write(chunk, () => setImmediate(more));
        };
        more();
        return true;
      });
      await expect(scene.update()).rejects.toEqual(refusal('trust.oversize'));
      expect(sent).toBeLessThan(64 * 1024 * 1024);
    },
  );

  it('TUF-08 refuses a target that is signed with an absurd length', async () => {
    const scene = await createScene();
    const edit: Edit = (signed) => {
      const targets = signed.targets as Record<string, Record<string, unknown>>;
      for (const target of Object.values(targets)) target.length = 2 ** 40;
    };
    scene.repository.publish({ targets: edit });
    await expect(scene.update()).rejects.toEqual(refusal('trust.oversize'));
  });

  it.each([0, -1, '1', 2 ** 60])('TUF-08 refuses the version %j', async (version) => {
    const scene = await createScene();
    const edit: Edit = (signed) => {
      signed.version = version;
    };
    scene.repository.publish({ timestamp: edit });
    await expect(scene.update()).rejects.toEqual(refusal('trust.oversize'));
  });

  it.each(['never', '9999', '2026-06-08', 1, null])('TUF-08 refuses the expiry %j', async (expires) => {
    const scene = await createScene();
    const edit: Edit = (signed) => {
      signed.expires = expires;
    };
    scene.repository.publish({ timestamp: edit });
    await expect(scene.update()).rejects.toEqual(refusal('trust.oversize'));
  });
});
