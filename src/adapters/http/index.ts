export { createHttpClient } from './client.ts';
export { isJsonType } from './json-type.ts';
export { createOfflineClient } from './offline.ts';
export { isLimit } from './retry.ts';
export type {
  AnswerCache,
  ClientCertificate,
  HttpAnswer,
  HttpClient,
  HttpClientOptions,
  HttpCredential,
  HttpExchange,
  HttpGetOptions,
  HttpRequestOptions,
  HttpResponse,
  KeptAnswer,
  ProxyOptions,
} from './types.ts';
export { hostAndPort, parseUrl } from './url.ts';
