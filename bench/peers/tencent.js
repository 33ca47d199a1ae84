// The vendor's own current SDK, one call to a local stub.
import { iotcloud } from 'tencentcloud-sdk-nodejs/tencentcloud/services/iotcloud/index.js';

const { host } = new URL(process.env['BENCH_STUB'] ?? '');
const client = new iotcloud.v20180614.Client({
  credential: { secretId: 'AKIDbench', secretKey: 'a-key-of-the-bench' },
  region: 'ap-guangzhou',
  profile: { httpProfile: { endpoint: host, protocol: 'http://' } },
});

export const handler = async (event) => {
  const { productId: ProductId, taskId: TaskId } = event.pathParameters;
  const answer = await client.DescribeMultiDevices({ ProductId, TaskId, Offset: 0, Limit: 20 });
  return { statusCode: 200, body: JSON.stringify(answer) };
};
