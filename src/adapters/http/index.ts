export { createHttpClient } from './client.ts';
export type {
  HttpClient,
  HttpClientOptions,
  HttpCredential,
  HttpExchange,
  HttpGetOptions,
  HttpResponse,
} from './types.ts';
