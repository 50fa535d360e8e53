import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { refreshTarget } from '../../src/adapters/trust/tuf/refresh.ts';
import { verifyTufRepository } from '../../src/adapters/trust/tuf/repository.ts';
import { folderSource } from '../../src/adapters/trust/tuf/source.ts';
import { NOW, refusal, temporaryFolder } from './harness.ts';
import {
  aliasOf,
  createKey,
  keysOf,
  type RoleKeys,
  roleOf,
  type Signed,
  type TestKey,
  TestRepository,
} from './repository.ts';

interface Delegation {
  readonly name: string;
  readonly keys: readonly TestKey[];
  readonly threshold?: number;
  readonly paths: readonly string[];
  readonly terminating?: boolean;
}

const delegationsTo = (...delegations: readonly Delegation[]): Signed => {
  const roles = delegations.map(({ keys, threshold = 1 }): RoleKeys => ({ keys: [...keys], threshold }));
  return {
    keys: keysOf(...roles),
    roles: delegations.map(({ name, paths, terminating = false }, i) => ({
      ...roleOf(roles[i] as RoleKeys),
      name,
      paths,
      terminating,
    })),
  };
};

const file = (text: string): Buffer => Buffer.from(text);

const verify = (repository: TestRepository, target: string) => {
  const directory = temporaryFolder();
  repository.writeTo(directory);
  const initialRoot = readFileSync(`${directory}/metadata/1.root.json`);
  return verifyTufRepository({ directory, initialRoot, target, refTime: NOW });
};

describe('delegations', () => {
  it('follows a delegation whose role is signed as its delegator says', async () => {
    const repository = new TestRepository('{}');
    const key = createKey();
    repository.delegations = delegationsTo({ name: 'a', keys: [key], paths: ['a/*.json'] });
    repository.publishDelegated('a', [key], new Map([['a/x.json', file('x')]]));
    repository.publish();
    expect(Buffer.from((await verify(repository, 'a/x.json')).bytes).toString()).toBe('x');
  });

  it('TUF-06 refuses a delegated role that is signed by another key', async () => {
    const repository = new TestRepository('{}');
    repository.delegations = delegationsTo({ name: 'a', keys: [createKey()], paths: ['*.json'] });
    repository.publishDelegated('a', [createKey()], new Map([['x.json', file('x')]]));
    repository.publish();
    await expect(verify(repository, 'x.json')).rejects.toEqual(refusal('trust.delegation'));
  });

  it('TUF-02 refuses a delegated role signed by one key under two ids', async () => {
    const repository = new TestRepository('{}');
    const key = createKey();
    const keys = [key, aliasOf(key)];
    repository.delegations = delegationsTo({ name: 'a', keys, threshold: 2, paths: ['*.json'] });
    repository.publishDelegated('a', keys, new Map([['x.json', file('x')]]));
    repository.publish();
    await expect(verify(repository, 'x.json')).rejects.toEqual(refusal('trust.threshold'));
  });

  /** Two delegators use the role name `shared` with different keys; the published role is signed for the first. */
  const twoDelegators = (): TestRepository => {
    const repository = new TestRepository('{}');
    const [alice, bob, forAlice, forBob] = [createKey(), createKey(), createKey(), createKey()];
    repository.delegations = delegationsTo(
      { name: 'alice', keys: [alice], paths: ['one.json'] },
      { name: 'bob', keys: [bob], paths: ['two.json'] },
    );
    const paths = ['one.json', 'two.json'];
    repository.publishDelegated(
      'alice',
      [alice],
      new Map(),
      delegationsTo({ name: 'shared', keys: [forAlice], paths }),
    );
    repository.publishDelegated(
      'bob',
      [bob],
      new Map(),
      delegationsTo({ name: 'shared', keys: [forBob], paths }),
    );
    repository.publishDelegated(
      'shared',
      [forAlice],
      new Map([
        ['one.json', file('1')],
        ['two.json', file('2')],
      ]),
    );
    repository.publish();
    return repository;
  };

  it('TUF-06 takes a role name of two delegators only with the keys of the one on the way', async () => {
    const repository = twoDelegators();
    expect(Buffer.from((await verify(repository, 'one.json')).bytes).toString()).toBe('1');
    await expect(verify(repository, 'two.json')).rejects.toEqual(refusal('trust.delegation'));
  });

  it('TUF-06 verifies a role at hand again for another delegator', async () => {
    const directory = temporaryFolder();
    const repository = twoDelegators();
    repository.writeTo(directory);
    const common = { seed: repository.root, source: folderSource(directory), now: NOW };
    const previous = await refreshTarget({ ...common, target: 'one.json' });
    expect([...previous.state.delegated.keys()]).toEqual(['alice', 'shared']);
    await expect(refreshTarget({ ...common, target: 'two.json', previous })).rejects.toEqual(
      refusal('trust.delegation'),
    );
  });

  it.each(['*.json', '*', '?/b.json/x', 'a/?', '*/*/*'])(
    'TUF-07 keeps the wildcard of %s within a segment',
    async (path) => {
      const repository = new TestRepository('{}');
      const key = createKey();
      repository.delegations = delegationsTo({ name: 'a', keys: [key], paths: [path] });
      repository.publishDelegated('a', [key], new Map([['a/b.json', file('x')]]));
      repository.publish();
      await expect(verify(repository, 'a/b.json')).rejects.toEqual(refusal('trust.delegation'));
    },
  );

  it.each(['{a,b}/*.json', '!x', '[ab]/*', 'a/../*', '@(a|b)/*'])(
    'TUF-07 refuses the pattern %s',
    async (path) => {
      const repository = new TestRepository('{}');
      const key = createKey();
      repository.delegations = delegationsTo({ name: 'a', keys: [key], paths: [path] });
      repository.publishDelegated('a', [key], new Map([['a/b.json', file('x')]]));
      repository.publish();
      await expect(verify(repository, 'a/b.json')).rejects.toEqual(refusal('trust.bad-name'));
    },
  );

  it('TUF-06 looks no further behind a terminating delegation', async () => {
    const repository = new TestRepository('{}');
    const [first, second] = [createKey(), createKey()];
    repository.delegations = delegationsTo(
      { name: 'first', keys: [first], paths: ['*.json'], terminating: true },
      { name: 'second', keys: [second], paths: ['*.json'] },
    );
    repository.publishDelegated('first', [first], new Map());
    repository.publishDelegated('second', [second], new Map([['x.json', file('x')]]));
    repository.publish();
    await expect(verify(repository, 'x.json')).rejects.toEqual(refusal('trust.delegation'));
  });

  it('TUF-06 ends on roles that delegate to each other', async () => {
    const repository = new TestRepository('{}');
    const key = createKey();
    const to = (name: string) => delegationsTo({ name, keys: [key], paths: ['*.json'] });
    repository.delegations = to('a');
    repository.publishDelegated('a', [key], new Map(), to('b'));
    repository.publishDelegated('b', [key], new Map(), to('a'));
    repository.publish();
    await expect(verify(repository, 'x.json')).rejects.toEqual(refusal('trust.delegation'));
  });

  it('TUF-06 refuses a delegated role that the snapshot does not name', async () => {
    const repository = new TestRepository('{}');
    repository.delegations = delegationsTo({ name: 'a', keys: [createKey()], paths: ['*.json'] });
    repository.publish();
    await expect(verify(repository, 'x.json')).rejects.toEqual(refusal('trust.delegation'));
  });
});

describe('a repository on disk', () => {
  it('TUF-04 refuses it once its metadata has expired', async () => {
    const directory = temporaryFolder();
    const repository = new TestRepository('{}');
    repository.writeTo(directory);
    const options = { directory, initialRoot: repository.root, target: 'trusted_root.json' };
    await expect(verifyTufRepository({ ...options, refTime: NOW })).resolves.toMatchObject({
      versions: { root: 1 },
    });
    const refTime = new Date('2026-06-08T00:00:00Z');
    await expect(verifyTufRepository({ ...options, refTime })).rejects.toEqual(refusal('trust.expired'));
  });

  it('refuses another target than the one expected, and one that is not there', async () => {
    const directory = temporaryFolder();
    const repository = new TestRepository('{}');
    repository.writeTo(directory);
    const options = { directory, initialRoot: repository.root, refTime: NOW };
    const other = verifyTufRepository({
      ...options,
      target: 'trusted_root.json',
      targetSha256: '0'.repeat(64),
    });
    await expect(other).rejects.toEqual(refusal('trust.hash-mismatch'));
    await expect(verifyTufRepository({ ...options, target: 'x.json' })).rejects.toEqual(
      refusal('trust.unavailable'),
    );
    const nowhere = verifyTufRepository({
      ...options,
      directory: `${directory}/x`,
      target: 'trusted_root.json',
    });
    await expect(nowhere).rejects.toEqual(refusal('trust.unavailable'));
  });
});
