import { request as http } from 'node:http';
import { request as https } from 'node:https';

/**
 * Puts the answer of a custom resource where CloudFormation waits for it: a presigned URL of S3, whose signature is for
 * an empty content type.
 * @throws Error when it does not get there
 */
export function answer(url: URL, body: object): Promise<void> {
  const text = JSON.stringify(body);
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(text) };
  const request = url.protocol === 'http:' ? http : https;
  return new Promise((resolve, reject) => {
    const put = request(url, { method: 'PUT', headers }, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      if (statusCode < 300) resolve();
      else reject(new Error(`CloudFormation did not take the answer: ${statusCode}`));
    });
    put.once('error', reject);
    put.end(text);
  });
}
