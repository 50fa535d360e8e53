/** `application/json`, and types that are written in it: `application/vnd.pypi.simple.v1+json; charset=utf-8`. */
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** Whether a `Content-Type` says that the body is JSON. */
export const isJsonType = (contentType: string | undefined): boolean => JSON_TYPE.test(contentType ?? '');
