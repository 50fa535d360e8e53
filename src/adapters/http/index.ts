export { createHttpClient } from './client.ts';
export { createOfflineClient } from './offline.ts';
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
  HttpScope,
  KeptAnswer,
  ProxyOptions,
} from './types.ts';
export { hostAndPort } from './url.ts';
