import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/core/limits.ts';
import { isVersionTag, parseBuilderId, parseExpectedBuilderId } from '../../src/core/model/builder-id.ts';
import { isSameRepository, parseSourceUri, parseSourceUriWithRef } from '../../src/core/model/source-uri.ts';
import { refusal } from './verify.ts';

const WIDGET = parseSourceUri('https://github.com/octo-org/widget');

describe('SRC-01 a repository whose name holds the wanted one', () => {
  it.each([
    'octo-org/widget-evil',
    'octo-org/widgetx',
    'octo-org/awidget',
    'octo-org/wiAdget',
    'Aocto-org/widget',
    'octo-orgA/widget',
    'octo-org-evil/widget',
    'octo-org/widget.git-evil',
    'octo-org/.widget',
    'octo-org/widget.',
    'octo-org/widget_',
  ])('SRC-01 is another one: %s', (path) => {
    const other = parseSourceUri(`https://github.com/${path}`);
    expect(isSameRepository(other, WIDGET)).toBe(false);
    expect(other.uri).toBe(`https://github.com/${path.toLowerCase()}`);
  });

  it.each([
    'octo-org/widget/',
    'octo-org/widget.git',
    'octo-org/widget.GIT',
    'octo-org',
    'octo-org/',
    '/octo-org/widget',
    'octo-org//widget',
    'octo-org/widget/tree',
    'octo-org/widget/octo-org/widget',
    '',
    '/',
  ])('SRC-01 is no repository: %j', (path) => {
    expect(refusal(() => parseSourceUri(`https://github.com/${path}`)).finding).toBe('source.malformed');
  });
});

describe('SRC-02 a URI that two readers read differently', () => {
  it.each([
    ['another scheme', 'http://github.com/octo-org/widget'],
    ['another scheme behind git', 'git+http://github.com/octo-org/widget'],
    ['ssh', 'git+ssh://github.com/octo-org/widget'],
    ['git', 'git://github.com/octo-org/widget'],
    ['a file', 'file:///github.com/octo-org/widget'],
    ['upper-case scheme', 'HTTPS://github.com/octo-org/widget'],
    ['the scheme twice', 'https://https://github.com/octo-org/widget'],
    ['git twice', 'git+git+https://github.com/octo-org/widget'],
    ['one slash', 'https:/github.com/octo-org/widget'],
    ['no scheme', '//github.com/octo-org/widget'],
    ['backslashes', 'https:\\\\github.com\\octo-org\\widget'],
    ['a user', 'https://octo@github.com/octo-org/widget'],
    ['a host as user', 'https://github.com@evil.io/octo-org/widget'],
    ['a password', 'https://octo:secret@github.com/octo-org/widget'],
    ['scp form', 'git@github.com:octo-org/widget'],
    ['a port', 'https://github.com:443/octo-org/widget'],
    ['an empty port', 'https://github.com:/octo-org/widget'],
    ['dots as a segment', 'https://github.com/evil/../octo-org/widget'],
    ['a dot as a segment', 'https://github.com/octo-org/./widget'],
    ['dots as name', 'https://github.com/octo-org/..'],
    ['an encoded slash', 'https://github.com/octo-org%2fwidget/x'],
    ['an encoded letter', 'https://github.com/octo-org/%77idget'],
    ['an encoded dot', 'https://github.com/octo-org/%2e%2e'],
    ['a trailing dot of the host', 'https://github.com./octo-org/widget'],
    ['a leading dot of the host', 'https://.github.com/octo-org/widget'],
    ['two dots in the host', 'https://github..com/octo-org/widget'],
    ['a query', 'https://github.com/octo-org/widget?ref=main'],
    ['an empty query', 'https://github.com/octo-org/widget?'],
    ['a fragment', 'https://github.com/octo-org/widget#main'],
    ['parameters', 'https://github.com/octo-org/widget;a=b'],
    ['a host of another alphabet', 'https://g\u0456thub.com/octo-org/widget'],
    ['full-width letters', 'https://github.com/octo\uff0dorg/widget'],
    ['a Kelvin sign', 'https://github.com/octo-org/\u212aidget'],
    ['a zero-width space', 'https://github.com/octo-org/widget\u200b'],
    ['a space before', ' https://github.com/octo-org/widget'],
    ['a line feed behind', 'https://github.com/octo-org/widget\n'],
    ['a line feed within', 'https://github.com/octo-org/wid\nget'],
    ['NUL', 'https://github.com/octo-org/widget\u0000'],
    ['an IPv4 address', 'https://127.0.0.1/octo-org/widget'],
    ['an IPv6 address', 'https://[::1]/octo-org/widget'],
    ['a host without a dot', 'https://localhost/octo-org/widget'],
    ['nothing', ''],
    ['a storage object with dots as a segment', 'gs://bucket/../other/object'],
  ])('SRC-02 is refused: %s', (_, uri) => {
    const error = refusal(() => parseSourceUri(uri));
    expect(error.finding).toBe('source.malformed');
    expect(error.exitCode).toBe(1);
    expect(error.actual).toBe(uri);
    expect(error.expected).toBe('github.com/owner/repository or https://host/owner/repository');
  });

  it.each([
    ['a long name', `https://github.com/octo-org/.${'a'.repeat(1_000_000)}!`],
    ['a long host', `https://${'a.'.repeat(500_000)}com/octo-org/widget`],
    ['a long path', `https://git.example.com${'/a'.repeat(500_000)}`],
    ['a long storage object', `gs://bucket/${'a'.repeat(1_000_000)}`],
    ['a name beyond what a forge allows', `https://git.example.com/octo/${'a'.repeat(256)}`],
    ['a URI just beyond the limit', `https://git.example.com/${'a/'.repeat(LIMITS.sourceUriLength / 2)}b`],
  ])('SRC-02 is refused at once: %s', (_, uri) => {
    const start = performance.now();
    expect(refusal(() => parseSourceUri(uri)).finding).toBe('source.malformed');
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it.each(['octo-org/widget', 'git+https://github.com/octo-org/widget', 'github.com/octo-org/widget'])(
    'SRC-02 the documented forms and no shorter one name a repository: %s',
    (text) => {
      if (text.includes('github.com')) expect(parseSourceUri(text)).toEqual(WIDGET);
      else expect(refusal(() => parseSourceUri(text)).finding).toBe('source.malformed');
    },
  );
});

describe('SRC-03 refs', () => {
  it.each([
    ['git+https://github.com/octo-org/widget@refs/heads/v1', 'refs/heads/v1'],
    ['git+https://github.com/octo-org/widget@refs/tags/v1', 'refs/tags/v1'],
    ['git+https://github.com/octo-org/widget@v1', 'v1'],
    ['git+https://github.com/octo-org/widget@refs/heads/x@refs/tags/v1.0.0', 'refs/heads/x@refs/tags/v1.0.0'],
    ['git+https://github.com/octo-org/widget', undefined],
  ])('SRC-03 are read whole, a missing one is none: %s', (uri, ref) => {
    expect(parseSourceUriWithRef(uri)).toEqual({ repository: WIDGET, ref });
  });

  it('SRC-03 an empty one is refused, never read as none', () => {
    const error = refusal(() => parseSourceUriWithRef('git+https://github.com/octo-org/widget@'));
    expect(error.finding).toBe('source.malformed');
    expect(error.message).toBe('source URI has an empty ref');
  });
});

describe('SRC-04 version tags', () => {
  it.each(['refs/tags/v1.2.3', 'refs/tags/v0.0.0', 'refs/tags/v10.20.30', 'refs/tags/v999999999.0.1'])(
    'SRC-04 a full version counts: %s',
    (ref) => expect(isVersionTag(ref)).toBe(true),
  );

  it.each([
    'refs/tags/v1',
    'refs/tags/v1.2',
    'refs/tags/v1.2.3.4',
    'refs/tags/v1.2.3-rc.1',
    'refs/tags/v1.2.3+build',
    'refs/tags/v1.2.3-evil',
    'refs/tags/v01.2.3',
    'refs/tags/v1.02.3',
    'refs/tags/v1.2.03',
    'refs/tags/1.2.3',
    'refs/tags/V1.2.3',
    'refs/tags/v1.2.3\n',
    'refs/tags/ v1.2.3',
    'refs/tags/v-1.2.3',
    'refs/tags/v1.2.\u0663',
    'refs/tags/v1.2.9999999999',
    'refs/heads/v1.2.3',
    'refs/heads/refs/tags/v1.2.3',
    'refs/tags/x/v1.2.3',
    'v1.2.3',
    '',
    undefined,
  ])('SRC-04 nothing else does: %j', (ref) => expect(isVersionTag(ref)).toBe(false));
});

describe('SRC-05 case', () => {
  it.each([
    ['git+https://GitHub.com/Octo-Org/WIDGET', 'https://github.com/octo-org/widget'],
    ['https://GITLAB.com/Group/Sub/Project', 'https://gitlab.com/group/sub/project'],
    ['https://Git.Example.com/Owner/Name', 'https://git.example.com/Owner/Name'],
  ])('SRC-05 counts in the path of hosts that tell it apart, and in no host: %s', (text, uri) => {
    expect(parseSourceUri(text).uri).toBe(uri);
  });

  it('SRC-05 counts in refs', () => {
    expect(parseSourceUriWithRef('git+https://GitHub.com/Octo-Org/Widget@refs/heads/Main')).toEqual({
      repository: WIDGET,
      ref: 'refs/heads/Main',
    });
  });

  it('SRC-05 two repositories of a host that tells case apart are not the same', () => {
    const [lower, upper] = ['owner/name', 'Owner/name'].map((path) =>
      parseSourceUri(`https://git.example.com/${path}`),
    );
    expect(lower !== undefined && upper !== undefined && isSameRepository(lower, upper)).toBe(false);
  });
});

describe('IDN-04 builder ids', () => {
  const URI = 'https://github.com/octo-org/builder/.github/workflows/build.yml';

  it('IDN-04 are split at their one @', () => {
    expect(parseBuilderId(`${URI}@refs/tags/v1.2.3`)).toEqual({ uri: URI, ref: 'refs/tags/v1.2.3' });
    expect(parseBuilderId(URI)).toEqual({ uri: URI, ref: undefined });
  });

  it.each([
    `${URI}@x@refs/tags/v1.0.0`,
    `${URI}@refs/heads/x@refs/tags/v1.0.0`,
    `${URI}@@refs/tags/v1.0.0`,
    `${URI}@refs/tags/v1.0.0@`,
    `${URI}@`,
    '@refs/tags/v1.0.0',
    '@',
    '',
  ])('IDN-04 with two of them, or nothing beside it, are none: %j', (text) => {
    expect(parseBuilderId(text)).toBeUndefined();
    expect(parseExpectedBuilderId(text)).toBeUndefined();
  });

  it.each([
    ['v1.2.3', 'refs/tags/v1.2.3'],
    ['main', 'refs/tags/main'],
    ['refs/heads/main', 'refs/heads/main'],
    ['a'.repeat(40), 'a'.repeat(40)],
    ['A'.repeat(40), `refs/tags/${'A'.repeat(40)}`],
  ])('IDN-04 a short ref of the caller is a tag, never a branch: %s', (ref, full) => {
    expect(parseExpectedBuilderId(`${URI}@${ref}`)).toEqual({ uri: URI, ref: full });
  });
});
