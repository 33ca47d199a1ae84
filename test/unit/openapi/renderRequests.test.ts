import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { renderRequests } from '../../../openapi/renderRequests.ts';
import { requestsFile } from '../../../scripts/openapi.ts';

describe('renderRequests', () => {
  it('made docs/requests.http (`npm run openapi`)', async () => {
    expect(await readFile(requestsFile, 'utf8')).toBe(renderRequests());
  });

  it('asks for a token if the function does, and sends the key and the body it takes', () => {
    const requests = renderRequests().split(/^### /m);
    const requestOf = (name: string) => requests.find((request) => request.includes(`# @name ${name}\n`));
    expect(requestOf('createDeviceTask')).toBe(`Create a batch of devices (devices:write)
# @name createDeviceTask
POST {{baseUrl}}/v1/products/{{productId}}/device-tasks
Authorization: Bearer {{token}}
Idempotency-Key: {{$guid}}
Content-Type: application/json

{
  "deviceNames": [
    "test_device1",
    "test_device2"
  ]
}

`);
    expect(requestOf('getHealth')).toBe('Check that the service runs\n# @name getHealth\nGET {{baseUrl}}/v1/health\n\n');
  });
});
