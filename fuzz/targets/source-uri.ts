import {
  isVersionTag,
  parseBuilderId,
  parseExpectedBuilderId,
  printBuilderId,
} from '../../src/core/model/builder-id.ts';
import { parseSourceUri, parseSourceUriWithRef } from '../../src/core/model/source-uri.ts';
import { mutateText } from '../mutate.ts';
import { assert, attempt, type FuzzTarget } from '../target.ts';

const URIS = [
  'https://github.com/octo-org/widget',
  'git+https://github.com/Octo-Org/Widget',
  'github.com/octo-org/.github',
  'https://gitlab.com/group/sub-group/project',
  'https://git.example.co.uk/Owner/Repo_1.x',
  'git+https://github.com/octo-org/widget@refs/heads/main',
  'git+https://github.com/octo-org/widget@refs/tags/v1.2.3',
  'https://github.com/octo-org/widget/.github/workflows/release.yml@refs/tags/v1.2.3',
  'https://github.com/octo-org/widget/.github/workflows/release.yml@v10.20.30',
  'gs://octo-bucket/source/1700000000.tgz',
  'git@github.com:octo-org/widget',
  'https://user:secret@github.com:443/octo-org/widget?a=b#c',
];

/** F8: source URIs, refs behind them, builder ids. What is accepted must be what every URL parser reads, once and for all. */
export function sourceUriTarget(): FuzzTarget {
  return {
    id: 'F8',
    title: 'source URIs, refs and builder ids',
    draw(random) {
      const text = mutateText(random.pick(URIS), random);
      if (!random.oneIn(50)) return Buffer.from(text);
      // Long runs show what takes more than linear time.
      const at = random.below(text.length);
      return Buffer.from(text.slice(0, at) + (text[at] ?? 'a').repeat(100_000) + text.slice(at));
    },
    check(input) {
      const text = input.toString('utf8');
      checkBuilderId(text);
      const withRef = attempt(() => parseSourceUriWithRef(text));
      if ('value' in withRef && withRef.value.ref !== undefined)
        assert(text.endsWith(`@${withRef.value.ref}`), 'read a ref that is not there');
      const parsed = attempt(() => parseSourceUri(text));
      if ('refused' in parsed) return parsed.refused;
      const { uri, host, path } = parsed.value;
      if (text.startsWith('gs://')) {
        assert(uri === text && uri === `gs://${path}`, 'read a storage object that is not there');
        return 'accepted';
      }
      const url = new URL(uri);
      assert(
        url.href === uri && url.host === host && url.pathname === `/${path}`,
        'a URL parser reads it differently',
      );
      assert(parseSourceUri(uri).uri === uri, 'canonical form is not stable');
      assert(
        text.toLowerCase().endsWith(`${host}/${path.toLowerCase()}`),
        'read a repository that is not there',
      );
      return 'accepted';
    },
  };
}

function checkBuilderId(text: string): void {
  const id = parseBuilderId(text);
  if (id !== undefined) assert(printBuilderId(id) === text, 'a builder id is not written as it was read');
  const expected = parseExpectedBuilderId(text);
  assert(
    (expected === undefined) === (id === undefined),
    'callers may write what nobody may sign, or the reverse',
  );
  if (isVersionTag(id?.ref)) assert(/^refs\/tags\/v\d+\.\d+\.\d+$/.test(id?.ref ?? ''), 'no version tag');
}
