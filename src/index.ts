export { CODES, type Code, isCode } from './codes.ts';
export { type ErrorCode, SlsaGateError } from './errors.ts';
