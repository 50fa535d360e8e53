import { describe, expect, it } from 'vitest';
import { hasCredentials } from '../../../../src/core/model/credentials.ts';

describe('credentials in a text', () => {
  it.each([
    'https://user:secret@example.com/app',
    'https://ghp_0123456789@github.com/owner/app',
    'HTTPS://token@example.com',
    'http://:secret@example.com',
    'postgres://gate:secret@db.example.com/evidence',
    'ssh://git:secret@example.com/app',
    '//user:secret@example.com/app',
    'slsa-gate:production/https://user:secret@example.com',
    'pkg:generic/app?download_url=https://user:secret@example.com/app.tgz',
    'pkg:generic/app?download_url=https:%2F%2Fuser:secret%40example.com%2Fapp.tgz',
    'pkg:generic/app?download_url=https%3A%2F%2Fuser%3Asecret%40example.com',
    'pkg:generic/app?download_url=https%253A%252F%252Fuser%253Asecret%2540example.com',
    'pkg:generic/app?note=%zz&download_url=https%3A%2F%2Ftoken%40example.com',
    'see https://user:secret@example.com for more',
  ])('are found: %s', (text) => {
    expect(hasCredentials(text)).toBe(true);
  });

  it.each([
    'https://example.com/app',
    'https://example.com/@owner/app',
    'https://example.com/app?to=somebody@example.com',
    'https://example.com/app#a:b@c',
    'pkg:npm/%40owner/app@1.2.3',
    'pkg:npm/@owner/app@1.2.3',
    'pkg:oci/app@sha256:0123?repository_url=registry.example.com:5000/team/app',
    'slsa-gate:production/pkg:npm/%40owner/app@1.2.3',
    'git+ssh://git@github.com/owner/app',
    'somebody@example.com',
    'registry.example.com:5000/app@sha256:0123',
    '%',
    '',
  ])('are not seen where none are: %s', (text) => {
    expect(hasCredentials(text)).toBe(false);
  });
});
