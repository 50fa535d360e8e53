import { describe, expect, it } from 'vitest';
import { parseArtifactReference } from '../../../../src/core/model/artifact-reference.ts';
import { hintForMissing } from '../../../../src/core/model/local-reference.ts';
import { refusal } from '../../cli/command.ts';

/** Whoever names an artifact wrongly is told how to name it. */
describe('a name that is none', () => {
  it.each([
    ['ghcr.io/Octo/app:1', /registry\/repository:tag/],
    ['https://ghcr.io/octo/app:1', /without https:/],
    ['HTTP://ghcr.io/octo/app:1', /without https:/],
    ['pkg:npm/widget', /pkg:npm\/name@1\.2\.3.*checksum/],
    ['pkg:pypi/widget', /pkg:pypi\/name@1\.2\.3/],
    ['pkg:github/octo/app@v1', /@tag#file/],
    ['pkg:oci/app', /repository_url/],
    ['pkg:deb/debian/curl@7', /^Add \?checksum/],
  ])('%s', (name, hint) => {
    expect(() => parseArtifactReference(name)).toThrow(
      refusal('usage.artifact', { exitCode: 64, hint: expect.stringMatching(hint) }),
    );
  });

  it.each([
    ['app:1', 'docker.io/library/app:1'],
    ['octo/app:1.2', 'docker.io/octo/app:1.2'],
    ['octo/app@sha256:ab', 'docker.io/octo/app@sha256:ab'],
  ])('%s, which may be an image', (path, image) => {
    expect(hintForMissing(path)).toContain(image);
  });

  it.each(['app.tgz', './app:1', 'dist/app.tgz', '../app:1', '/tmp/app:1', 'App:1', 'a b:1'])(
    '%s, which is a path',
    (path) => {
      expect(hintForMissing(path)).toBeUndefined();
    },
  );
});
