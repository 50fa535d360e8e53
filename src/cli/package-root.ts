import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(import.meta.url);

/** Folder that holds package.json, seen from the sources as well as from the built code. */
export const PACKAGE_ROOT = FILE.slice(0, Math.max(FILE.lastIndexOf('/dist/'), FILE.lastIndexOf('/src/')));
