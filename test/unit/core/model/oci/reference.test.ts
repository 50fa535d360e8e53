import { describe, expect, it } from 'vitest';
import { parseOciDigest } from '../../../../../src/core/model/oci/descriptor.ts';
import { toOciPurl } from '../../../../../src/core/model/oci/purl.ts';
import {
  looksLikeOciReference,
  parseOciReference,
  parseOciRepository,
  pinnedReference,
  printOciReference,
} from '../../../../../src/core/model/oci/reference.ts';
import { parsePurl } from '../../../../../src/core/model/purl.ts';
import { packageName } from '../../../../../src/core/policy/package-name.ts';
import { SlsaGateError } from '../../../../../src/errors.ts';

const HEX = 'a'.repeat(64);
const SHA256 = `sha256:${HEX}`;
const SHA512 = `sha512:${'b'.repeat(128)}`;

const refused = (text: string): string => {
  try {
    return `read as ${printOciReference(parseOciReference(text))}`;
  } catch (error) {
    return error instanceof SlsaGateError ? `${error.finding} ${error.exitCode}` : String(error);
  }
};

describe('the reference of an image', () => {
  it.each<[text: string, registry: string, repository: string, tag: string | undefined, digest?: string]>([
    ['ghcr.io/owner/app:1.2', 'ghcr.io', 'owner/app', '1.2'],
    ['ghcr.io/app:latest', 'ghcr.io', 'app', 'latest'],
    [`ghcr.io/owner/app@${SHA256}`, 'ghcr.io', 'owner/app', undefined, SHA256],
    [`ghcr.io/owner/app@${SHA512}`, 'ghcr.io', 'owner/app', undefined, SHA512],
    [`ghcr.io/owner/app:1.2@${SHA256}`, 'ghcr.io', 'owner/app', '1.2', SHA256],
    ['registry.example:5000/a/b/c/d:x', 'registry.example:5000', 'a/b/c/d', 'x'],
    ['registry.example:443/a:x', 'registry.example:443', 'a', 'x'],
    ['registry:5000/a:x', 'registry:5000', 'a', 'x'],
    ['localhost/a:x', 'localhost', 'a', 'x'],
    ['localhost:5000/a:x', 'localhost:5000', 'a', 'x'],
    ['127.0.0.1:5000/a:x', '127.0.0.1:5000', 'a', 'x'],
    ['10.0.0.1/a:x', '10.0.0.1', 'a', 'x'],
    ['[::1]:5000/a:x', '[::1]:5000', 'a', 'x'],
    ['[2001:db8::1]/a:x', '[2001:db8::1]', 'a', 'x'],
    ['xn--bcher-kva.example/a:x', 'xn--bcher-kva.example', 'a', 'x'],
    ['a-b.example/a:x', 'a-b.example', 'a', 'x'],
    ['docker.io/owner/app:1', 'docker.io', 'owner/app', '1'],
    ['docker.io/library/alpine:3', 'docker.io', 'library/alpine', '3'],
    [
      'registry.example/a.b/c_d/e__f/g-h/i--j/k---l:x',
      'registry.example',
      'a.b/c_d/e__f/g-h/i--j/k---l',
      'x',
    ],
    ['registry.example/0/1:x', 'registry.example', '0/1', 'x'],
    ['registry.example/a:_x', 'registry.example', 'a', '_x'],
    ['registry.example/a:V1.0-rc_2', 'registry.example', 'a', 'V1.0-rc_2'],
    [`registry.example/a:${'t'.repeat(128)}`, 'registry.example', 'a', 't'.repeat(128)],
    [`registry.example/${'n'.repeat(238)}:x`, 'registry.example', 'n'.repeat(238), 'x'],
    [`registry.example/a:sha256-${HEX}.att`, 'registry.example', 'a', `sha256-${HEX}.att`],
  ])('is read, and printed as it was: %s', (text, registry, repository, tag, digest) => {
    const parsed = parseOciReference(text);
    expect(parsed).toEqual({
      registry,
      repository,
      tag,
      digest: digest === undefined ? undefined : parseOciDigest(digest, ''),
    });
    expect(printOciReference(parsed)).toBe(text);
    expect(looksLikeOciReference(text)).toBe(true);
  });

  it.each([
    ['GHCR.IO/owner/app:1', 'ghcr.io/owner/app:1'],
    ['Registry.Example:5000/a:X', 'registry.example:5000/a:X'],
    ['index.docker.io/owner/app:1', 'docker.io/owner/app:1'],
    ['docker.io/alpine:3', 'docker.io/library/alpine:3'],
    ['index.docker.io/alpine:3', 'docker.io/library/alpine:3'],
    ['DOCKER.IO/alpine:3', 'docker.io/library/alpine:3'],
    ['[0:0:0:0:0:0:0:1]:5000/a:x', '[::1]:5000/a:x'],
    ['[2001:DB8::1]/a:x', '[2001:db8::1]/a:x'],
  ])('has one spelling: %s is %s', (text, canonical) => {
    const printed = printOciReference(parseOciReference(text));
    expect(printed).toBe(canonical);
    expect(printOciReference(parseOciReference(printed))).toBe(printed);
  });

  it.each<[why: string, text: string]>([
    ['nothing', ''],
    ['no repository', 'ghcr.io'],
    ['no repository', 'ghcr.io/'],
    ['no repository', 'ghcr.io/:1'],
    ['no repository', `ghcr.io/@${SHA256}`],
    ['no registry', '/app:1'],
    ['no registry', 'app:1'],
    ['no registry that shows as one', 'owner/app:1'],
    ['no registry', ':5000/app:1'],
    ['neither tag nor digest', 'ghcr.io/owner/app'],
    ['an empty tag', 'ghcr.io/owner/app:'],
    ['an empty digest', 'ghcr.io/owner/app@'],
    ['an empty digest behind a tag', 'ghcr.io/owner/app:1@'],
    ['two digests', `ghcr.io/owner/app@${SHA256}@${SHA256}`],
    ['a tag behind the digest', `ghcr.io/owner/app@${SHA256}:1`],
    ['two tags', 'ghcr.io/owner/app:1:2'],
    ['a tag with a slash', 'ghcr.io/owner/app:1/2'],
    ['a tag that begins with a dash', 'ghcr.io/owner/app:-1'],
    ['a tag that begins with a dot', 'ghcr.io/owner/app:.1'],
    ['a tag with a plus', 'ghcr.io/owner/app:1+2'],
    ['a tag with a space', 'ghcr.io/owner/app:1 2'],
    ['a tag with a line feed', 'ghcr.io/owner/app:1\n'],
    ['a tag that is too long', `ghcr.io/owner/app:${'t'.repeat(129)}`],
    ['a short digest', 'ghcr.io/owner/app@sha256:abc'],
    ['a long digest', `ghcr.io/owner/app@${SHA256}a`],
    ['an upper-case digest', `ghcr.io/owner/app@sha256:${HEX.toUpperCase()}`],
    ['an upper-case algorithm', `ghcr.io/owner/app@SHA256:${HEX}`],
    ['a weak algorithm', `ghcr.io/owner/app@sha1:${'a'.repeat(40)}`],
    ['an unknown algorithm', `ghcr.io/owner/app@blake3:${HEX}`],
    ['no algorithm', `ghcr.io/owner/app@${HEX}`],
    ['an upper-case repository', 'ghcr.io/Owner/app:1'],
    ['a segment that is empty', 'ghcr.io/owner//app:1'],
    ['a slash at the end', 'ghcr.io/owner/app/:1'],
    ['dots as a segment', 'ghcr.io/owner/../app:1'],
    ['a dot as a segment', 'ghcr.io/./app:1'],
    ['two dots', 'ghcr.io/a..b:1'],
    ['three underscores', 'ghcr.io/a___b:1'],
    ['a dot and a dash', 'ghcr.io/a.-b:1'],
    ['a separator at the start', 'ghcr.io/-a:1'],
    ['a separator at the end', 'ghcr.io/a_:1'],
    ['an escape', 'ghcr.io/a%2fb:1'],
    ['a query', 'ghcr.io/a?x=1:1'],
    ['a character outside ASCII', 'ghcr.io/\u00e4pp:1'],
    ['another scheme', 'https://ghcr.io/app:1'],
    ['credentials', 'user:password@ghcr.io/app:1'],
    ['port 0', 'registry.example:0/a:1'],
    ['a port that is none', 'registry.example:65536/a:1'],
    ['a port with a zero before it', 'registry.example:0443/a:1'],
    ['a port of letters', 'registry.example:https/a:1'],
    ['an empty port', 'registry.example:/a:1'],
    ['a host that ends in a dot', 'registry.example./a:1'],
    ['a host that begins with a dash', '-registry.example/a:1'],
    ['a host with an underscore', 'my_registry.example/a:1'],
    ['a label of the host that is too long', `${'a'.repeat(64)}.example/a:1`],
    ['an address in another spelling', '127.1/a:1'],
    ['an address in another spelling', '0x7f.0.0.1:5000/a:1'],
    ['an address in another spelling', '2130706433:5000/a:1'],
    ['an address in another spelling', '0177.0.0.1/a:1'],
    ['an address in another spelling', '127.0.0.01/a:1'],
    ['no address', '256.0.0.1/a:1'],
    ['no address', '1.2.3.4.5/a:1'],
    ['no IPv6 address', '[:::1]/a:1'],
    ['no IPv6 address', '[1]/a:1'],
    ['an IPv6 address with a zone', '[fe80::1%eth0]/a:1'],
    ['an IPv4 address in an IPv6 one', '[::ffff:127.0.0.1]/a:1'],
    ['an IPv6 address without brackets', '::1/a:1'],
    ['a name that is too long together', `registry.example/${'n'.repeat(239)}:x`],
  ])('is none with %s: %j', (_, text) => {
    expect(refused(text)).toBe('usage.artifact 64');
  });

  it.each([
    './ghcr.io/owner/app:1',
    '../ghcr.io/app:1',
    '/ghcr.io/app:1',
    'ghcr.io/owner/app',
    'dist/app.tar.gz',
    'app:1',
    'ghcr.io',
    'owner/app:1',
    'C:\\app:1',
    '',
  ])('is not seen in %j, which is a path', (text) => {
    expect(looksLikeOciReference(text)).toBe(false);
  });

  it('is pinned by a digest alone', () => {
    const { digest, ...image } = parseOciReference(`ghcr.io/owner/app:1@${SHA256}`);
    expect(digest && pinnedReference(image, digest)).toBe(`ghcr.io/owner/app@${SHA256}`);
  });

  it('is read in linear time', () => {
    const started = performance.now();
    for (const part of ['a', '-', 'a-', '_', '.', 'a.', '/', ':', '@', '[', '0'])
      refused(`registry.example/${part.repeat(20_000)}`);
    for (const part of ['a.', 'a-', '1.', ':', '[:']) refused(`${part.repeat(20_000)}/a:1`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe('the name of a repository', () => {
  it('is held to the same grammar', () => {
    expect(parseOciRepository('docker.io/alpine')).toEqual({
      registry: 'docker.io',
      repository: 'library/alpine',
    });
    for (const text of ['ghcr.io', 'ghcr.io/a:1', `ghcr.io/a@${SHA256}`, 'ghcr.io/a/../b', 'ghcr.io/A'])
      expect(() => parseOciRepository(text)).toThrow(expect.objectContaining({ finding: 'usage.artifact' }));
  });
});

describe('the purl of an image', () => {
  const digest = parseOciDigest(SHA256, '');

  it.each(['ghcr.io/owner/app', 'localhost:5000/a/b-c/d_e.f', 'docker.io/library/alpine', '[::1]:5000/a'])(
    'names the repository %s whole',
    (text) => {
      const place = parseOciRepository(text);
      const purl = parsePurl(toOciPurl(place, digest));
      const name = place.repository.split('/').at(-1);
      expect(purl).toEqual({
        type: 'oci',
        name,
        version: SHA256,
        qualifiers: new Map([['repository_url', text]]),
        subpath: undefined,
      });
      expect(purl && packageName(purl)).toBe(`pkg:oci/${name}?repository_url=${text}`);
    },
  );

  it('is written as its specification says', () => {
    expect(toOciPurl({ registry: 'ghcr.io', repository: 'owner/app' }, digest)).toBe(
      `pkg:oci/app@sha256:${HEX}?repository_url=ghcr.io%2Fowner%2Fapp`,
    );
  });
});
