// The part of qcloudapi-sdk 0.2.1 that the tests use; the package brings no types.
declare module 'qcloudapi-sdk' {
  interface QcloudApiOptions {
    SecretId?: string;
    SecretKey?: string;
    Region?: string;
    host?: string;
    path?: string;
    protocol?: 'http' | 'https';
    method?: 'GET' | 'POST';
    signatureMethod?: 'sha1' | 'sha256';
  }
  export default class QcloudApi {
    constructor(defaults: QcloudApiOptions);
    /** All parameters, `Signature` among them, form-encoded. */
    generateQueryString(data: Record<string, unknown>, options: QcloudApiOptions): string;
    request(
      data: Record<string, unknown>,
      options: QcloudApiOptions,
      callback: (error: Error | null, body: unknown) => void,
    ): void;
  }
}
