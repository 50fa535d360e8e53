import type { Policy } from './schema.ts';

export function checkPolicy(_policy: Policy): void {}
