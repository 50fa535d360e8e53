import { readFileSync } from 'node:fs';
import { parseMetadata, type TufKind } from '../../src/adapters/trust/tuf/metadata.ts';
import { createKey, keysOf, type RoleKeys, roleOf, TestRepository } from '../../test/tuf/repository.ts';
import { mutateJson, mutateJsonText } from '../mutate-json.ts';
import { assert, attempt, type FuzzTarget, joinAnswers } from '../target.ts';

const KINDS: readonly TufKind[] = ['root', 'timestamp', 'snapshot', 'targets'];

/** F13: TUF metadata from bytes to the library's model. What is accepted has whole versions and usable thresholds. */
export function tufTarget(): FuzzTarget {
  const repository = new TestRepository('{}');
  const keys: RoleKeys = { keys: [createKey()], threshold: 1 };
  repository.delegations = {
    keys: keysOf(keys),
    roles: [{ name: 'registry', ...roleOf(keys), terminating: true, paths: ['registry/*'] }],
  };
  repository.publish();
  const texts = [...repository.files]
    .filter(([name]) => !name.startsWith('targets/'))
    .map(([, bytes]) => bytes.toString());
  for (const name of ['public-good', 'github', 'staging'])
    texts.push(readFileSync(`testdata/trust/${name}/root.json`, 'utf8'));
  const documents = texts.map((text): unknown => JSON.parse(text));

  return {
    id: 'F13',
    title: 'TUF metadata',
    draw(random) {
      const document = random.pick(documents);
      const text = JSON.stringify(random.oneIn(8) ? document : mutateJson(document, random, documents)) ?? '';
      return random.oneIn(5) ? mutateJsonText(text, random) : Buffer.from(text);
    },
    check(input) {
      const answers = KINDS.map((kind) => {
        const parsed = attempt(() => parseMetadata(kind, input, kind));
        if ('refused' in parsed) return parsed.refused;
        const { signed } = parsed.value;
        assert(
          Number.isSafeInteger(signed.version) && signed.version >= 1,
          'accepted a version that is none',
        );
        assert(signed.type === kind, 'accepted metadata of another kind');
        if ('roles' in signed) {
          for (const { threshold } of Object.values(signed.roles as Record<string, { threshold: number }>))
            assert(Number.isSafeInteger(threshold) && threshold >= 1, 'accepted a threshold that is none');
        }
        return 'accepted';
      });
      return joinAnswers(answers);
    },
  };
}
