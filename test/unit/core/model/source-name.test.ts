import { describe, expect, it } from 'vitest';
import { parseSourceName, printSourceName } from '../../../../src/core/model/source-name.ts';
import { SlsaGateError } from '../../../../src/errors.ts';

describe('the name of a source', () => {
  it.each([
    ['oci:ghcr.io/owner/app', { kind: 'oci', registry: 'ghcr.io', repository: 'owner/app' }],
    ['oci:127.0.0.1:5000/app', { kind: 'oci', registry: '127.0.0.1:5000', repository: 'app' }],
    ['github:owner', { kind: 'github', owner: 'owner', repo: undefined }],
    ['github:owner/app.js', { kind: 'github', owner: 'owner', repo: 'app.js' }],
    [
      'github-release:owner/app@v1.2.3',
      { kind: 'github-release', owner: 'owner', repo: 'app', tag: 'v1.2.3' },
    ],
    ['github-release:owner/app@rel/1', { kind: 'github-release', owner: 'owner', repo: 'app', tag: 'rel/1' }],
    ['npm', { kind: 'npm' }],
    ['pypi', { kind: 'pypi' }],
    ['rekor', { kind: 'rekor', url: undefined }],
    ['rekor:https://log.example', { kind: 'rekor', url: 'https://log.example' }],
  ])('is read and printed again: %s', (text, expected) => {
    expect(parseSourceName(text)).toEqual(expected);
    expect(printSourceName(parseSourceName(text))).toBe(text);
  });

  it.each([
    '',
    'GitHub:owner/app',
    'github:',
    'github:/app',
    'github:owner/',
    'github:owner/..',
    'github:owner/app/more',
    'github:own%2fer/app',
    'github:-owner/app',
    'github:owner/app?x',
    'github-release:owner/app',
    'github-release:owner/app@',
    'github-release:owner/app@a/../b',
    'github-release:owner/app@a b',
    'github-release:owner@v1',
    'oci:app',
    'oci:ghcr.io/',
    'oci:ghcr.io/App',
    'oci:ghcr.io/a@sha256',
    'npm:',
    'npm:https://registry.example',
    'pypi:x',
    'rekor:',
    'file:/etc/passwd',
    'https://ghcr.io',
  ])('SSRF-07 is refused: %s', (text) => {
    const read = (): unknown => parseSourceName(text);
    expect(read).toThrow(SlsaGateError);
    expect(read).toThrow(expect.objectContaining({ finding: 'usage.flag', actual: text, exitCode: 64 }));
  });
});
