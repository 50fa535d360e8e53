import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestRegistry } from '../stack/registry.ts';

/** What crane, oras and cosign must know of a registry: its login, in Docker's file, and its authority. */
export function clientEnvironment(folder: string, registry: TestRegistry): Readonly<Record<string, string>> {
  const { host, login, caPem } = registry;
  const directory = join(folder, `docker-${host.replace(/\W/g, '-')}`);
  mkdirSync(directory, { recursive: true });
  const auth = login && Buffer.from(`${login.user}:${login.password}`).toString('base64');
  const config = { auths: auth === null ? {} : { [host]: { auth } } };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  const ca = join(directory, 'ca.pem');
  if (caPem !== undefined) writeFileSync(ca, caPem);
  return { DOCKER_CONFIG: directory, ...(caPem !== undefined && { SSL_CERT_FILE: ca }) };
}
