export { PACKAGE_ROOT } from '../adapters/trust/package-root.ts';
