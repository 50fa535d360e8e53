import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(import.meta.url);

/** Folder that holds package.json and what is shipped beside it, seen from the sources as well as from the built code. */
export const PACKAGE_ROOT = FILE.replace(/[\\/](?:dist|src)[\\/](?!.*[\\/](?:dist|src)[\\/]).*$/s, '');
