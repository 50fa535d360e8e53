import { describe, expect, it } from 'vitest';
import { endpointOf } from '../../../../../src/adapters/attestations/oci/endpoint.ts';
import { parseOciRepository } from '../../../../../src/core/model/oci/reference.ts';

const originsOf = (name: string, ...listed: readonly string[]): readonly string[] =>
  endpointOf(parseOciRepository(name), new Set(listed)).origins;

describe('a registry', () => {
  it.each([
    ['registry.example/a', 'https://registry.example'],
    ['registry.example:443/a', 'https://registry.example'],
    ['registry.example:80/a', 'https://registry.example:80'],
    ['registry.example:5000/a', 'https://registry.example:5000'],
    ['[::1]:443/a', 'https://[::1]'],
    ['docker.io/library/a', 'https://registry-1.docker.io'],
  ])('that is written %s is asked at %s, which is how its answers are told', (name, origin) => {
    expect(originsOf(name)).toEqual([origin]);
    expect(new URL(origin).origin).toBe(origin);
  });

  it.each([
    ['localhost:5000/a', 'localhost:5000', ['http://localhost:5000', 'https://localhost:5000']],
    ['localhost:80/a', 'localhost:80', ['http://localhost', 'https://localhost:80']],
    ['127.0.0.1:443/a', '127.0.0.1:443', ['http://127.0.0.1:443', 'https://127.0.0.1']],
  ])('on this machine, %s, is asked by http first where it is listed', (name, listed, origins) => {
    expect(originsOf(name, listed)).toEqual(origins);
    expect(originsOf(name)).toEqual(origins.slice(1));
  });

  it.each(['registry.example:5000', 'registry.example:443', '10.0.0.1:5000'])(
    'NET-11 elsewhere is never asked by http, also where %s is listed',
    (host) => expect(originsOf(`${host}/a`, host)).toHaveLength(1),
  );
});
